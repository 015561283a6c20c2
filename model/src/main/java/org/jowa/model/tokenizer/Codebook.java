package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.CodeSettings;
import org.jowa.model.settings.TokenizerConfig;

/**
 * The code vectors, [codebookSize, embeddingDim].
 *
 * <p>Source: specification section 1.4.
 */
record Codebook(Tensor codes) {
  private static final int GRID = TokenizerConfig.GRID_SIZE;

  /** Keeps vectors of no length from becoming NaN. */
  private static final double LEAST_SQUARE = 1e-12;

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
   * Vectors scaled to length 1.
   *
   * @param vectors [n, embeddingDim, ...]
   */
  static Tensor ofLength1(Tensor vectors) {
    Tensor squares =
        torch.sum(vectors.mul(vectors), new long[] {1}, true, new ScalarTypeOptional());
    return vectors.div(squares.add(new Scalar(LEAST_SQUARE)).sqrt());
  }

  /**
   * Codes of tokens.
   *
   * @param tokens int64 [m]
   * @return [m, embeddingDim]
   */
  Tensor lookUp(Tensor tokens) {
    return torch.embedding(codes, tokens);
  }

  /**
   * Tokens of latents.
   *
   * @param latents [n, embeddingDim, 6, 6]
   * @return int64 [n * 36], row by row over the grid
   */
  Tensor tokens(Tensor latents) {
    return nearest(rows(latents));
  }

  /**
   * Code vectors of tokens.
   *
   * @param tokens int64 [n, 36]
   * @return [n, embeddingDim, 6, 6], channels last
   */
  Tensor vectors(Tensor tokens) {
    return grid(lookUp(tokens.reshape(-1)), tokens.size(0));
  }

  /**
   * Latents that were replaced by their nearest codes.
   *
   * @param output [n, embeddingDim, 6, 6]
   * @param tokens int64 [n * 36]
   * @param latents [n * 36, embeddingDim]
   * @param distances of each frame's latents from their codes, squared and summed, [n]
   */
  record Quantised(Node output, Tensor tokens, Tensor latents, Tensor distances) {}

  /**
   * Replaces latents by their nearest codes: forward the codes, backward straight through to the
   * latents; the two squared distances' gradients join in the backward pass.
   *
   * @param latents [n, embeddingDim, 6, 6]
   * @param perLatent weight of one squared difference in the losses
   * @param commitment how much more it weighs where it pulls the latents
   * @param update whether codes are pulled
   */
  Quantised quantise(
      Pass pass, Node latents, double perLatent, double commitment, CodeSettings.Update update) {
    long n = latents.value().size(0);
    Tensor rows = rows(latents.value());
    Tensor tokens = nearest(rows);
    Tensor nearest = lookUp(tokens);
    Tensor difference = rows.sub(nearest);
    Tensor distances = difference.square().view(n, -1).sum(1);
    Node output = new Node(grid(rows.add(nearest.sub(rows)), n));
    pass.record(
        output,
        gradient -> {
          Tensor pull = difference.mul_(new Scalar(2 * perLatent));
          if (update == CodeSettings.Update.GRADIENT) {
            codes.grad().index_add_(0, tokens, pull, new Scalar(-1));
          }
          latents.receive(gradient.add(grid(pull, n), new Scalar(commitment)));
        });
    return new Quantised(output, tokens, rows, distances);
  }

  /** [n, e, 6, 6] to [n * 36, e], a view when channels lie last. */
  private Tensor rows(Tensor latents) {
    return latents.permute(0, 2, 3, 1).reshape(-1, codes.size(1));
  }

  /** [n * 36, e] to [n, e, 6, 6], channels last. */
  private Tensor grid(Tensor rows, long n) {
    return rows.view(n, GRID, GRID, codes.size(1)).permute(0, 3, 1, 2);
  }
}
