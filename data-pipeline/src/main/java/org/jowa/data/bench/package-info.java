/** Made-up data to measure with. Nothing of the product depends on it. */
@NullMarked
package org.jowa.data.bench;

import org.jspecify.annotations.NullMarked;
