/**
 * Tokenizers, which turn an 84x84 frame into 36 tokens and back: the VQ-VAE with its losses and
 * LPIPS, and the one that uses a dictionary of patches. Neither the optimizer nor the training loop
 * lives here.
 */
@NullMarked
package org.jowa.model.tokenizer;

import org.jspecify.annotations.NullMarked;
