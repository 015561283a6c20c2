package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;

/** Is told which codes the latents of a batch are replaced by, pass by pass. */
public interface CodeChoices {
  /**
   * The next frames of the batch.
   *
   * @param tokens int64 [n * 36]
   * @param latents fp32 [n * 36, embeddingDim]
   */
  void add(Tensor tokens, Tensor latents);
}
