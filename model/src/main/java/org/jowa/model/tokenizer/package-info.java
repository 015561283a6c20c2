/**
 * The VQ-VAE that turns an 84x84 frame into 36 tokens and back, its losses, and LPIPS. Neither the
 * optimizer nor the training loop lives here.
 */
package org.jowa.model.tokenizer;
