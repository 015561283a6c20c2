/**
 * Failures that are told in one line, for all modules: of the user's command line, the user's
 * input, a store, or because the work was told to end. Any other exception is a fault of ours.
 */
@NullMarked
package org.jowa.error;

import org.jspecify.annotations.NullMarked;
