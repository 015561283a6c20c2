/**
 * Failures that are reported in one line, for all modules: in the user's command line or input, in
 * a store, or because of a shutdown. Any other exception is a bug.
 */
@NullMarked
package org.jowa.error;

import org.jspecify.annotations.NullMarked;
