/**
 * The result of comparing one quantity with its golden value, as every module reports it. The
 * comparisons themselves live beside the code that they check.
 */
package org.jowa.model.parity;
