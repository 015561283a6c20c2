/**
 * Weights in foreign formats: torch's files are read by a reader that can build tensors and nothing
 * else, and written with the names of the reference. Run folders and settings live elsewhere.
 */
@NullMarked
package org.jowa.model.exchange;

import org.jspecify.annotations.NullMarked;
