/**
 * Sequences that a model imagines while it is trained: recorded play that a plan in the world model
 * continues, and the buffer that training draws them from. Planning itself lives in {@code plan}.
 */
@NullMarked
package org.jowa.model.imagine;

import org.jspecify.annotations.NullMarked;
