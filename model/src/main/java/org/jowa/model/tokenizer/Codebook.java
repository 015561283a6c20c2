package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The code vectors, [codebookSize, embeddingDim].
 *
 * <p>Source: specification section 1.4.
 */
record Codebook(Tensor codes) {
  /**
   * Nearest codes by squared Euclidean distance; of equally near ones the first.
   *
   * @param rows [m, embeddingDim]
   * @return int64 [m]
   */
  Tensor nearest(Tensor rows) {
    return torch.argmin(distances(rows), new LongOptional(1), false);
  }

  /** Squared distances [m, codebookSize], as |z|^2 + |e|^2 - 2 z.e. */
  Tensor distances(Tensor rows) {
    Tensor squares =
        torch
            .sum(rows.mul(rows), new long[] {1}, true, new ScalarTypeOptional())
            .add(torch.sum(codes.mul(codes), 1));
    return torch.addmm(squares, rows, codes.t(), new Scalar(1), new Scalar(-2));
  }

  /**
   * Code vectors of tokens.
   *
   * @param tokens int64 [m]
   * @return [m, embeddingDim]
   */
  Tensor lookUp(Tensor tokens) {
    return torch.embedding(codes, tokens);
  }
}
