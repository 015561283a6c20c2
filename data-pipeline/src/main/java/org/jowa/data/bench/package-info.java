/** Synthetic data to measure with. The product doesn't depend on it. */
@NullMarked
package org.jowa.data.bench;

import org.jspecify.annotations.NullMarked;
