/**
 * The result of comparing one quantity with its golden value, as every module reports it. The
 * comparisons themselves live beside the code that they check.
 */
@NullMarked
package org.jowa.model.parity;

import org.jspecify.annotations.NullMarked;
