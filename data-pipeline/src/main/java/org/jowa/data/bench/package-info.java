/** Made-up data to measure with. Nothing of the product depends on it. */
package org.jowa.data.bench;
