package org.jowa.model.tokenizer;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.Tensors;

/**
 * What moves codes, of one rank's share of a batch: for each code the sum of the latents that chose
 * it, or, for a code that is to be revived, the latent that was drawn for it if it is of this
 * share. The ranks' figures add up to those of the whole batch.
 */
final class CodeSums implements CodeChoices {
  private static final int CELLS = TokenizerConfig.TOKENS_PER_FRAME;

  private final CodeChoices next;
  private final Codebook codebook;
  private final List<Draw> draws;

  /** fp32 [codebookSize, embeddingDim]. */
  private final Tensor sums;

  private final Tensor[] drawn;
  private long frames;

  /**
   * A code that is to be revived.
   *
   * @param frame of this rank's share; -1 if another rank has it
   * @param uniform in [0, 1), says which of the frame's latents it gets
   */
  record Draw(int code, int frame, double uniform) {}

  /**
   * @param next is told the same
   */
  CodeSums(Codebook codebook, List<Draw> draws, CodeChoices next) {
    this.codebook = codebook;
    this.draws = draws;
    this.next = next;
    sums = torch.zeros_like(codebook.codes());
    drawn = new Tensor[draws.size()];
  }

  @Override
  public void add(Tensor tokens, Tensor latents) {
    next.add(tokens, latents);
    sums.index_add_(0, tokens, latents, new Scalar(1));
    long count = tokens.size(0) / CELLS;
    for (int i = 0; i < drawn.length; i++) {
      long frame = draws.get(i).frame() - frames;
      if (frame >= 0 && frame < count) {
        drawn[i] =
            Tensors.keep(
                draw(
                    draws.get(i).uniform(),
                    tokens.narrow(0, frame * CELLS, CELLS),
                    latents.narrow(0, frame * CELLS, CELLS)));
      }
    }
    frames += count;
  }

  /**
   * One latent of a frame, the likelier the farther it is from its code: what codes draw well needs
   * no more of them.
   */
  private Tensor draw(double uniform, Tensor tokens, Tensor latents) {
    double[] distances =
        Tensors.doubles(
            torch
                .sum(
                    latents.sub(codebook.lookUp(tokens)).square(),
                    new long[] {1},
                    false,
                    new ScalarTypeOptional())
                .toType(ScalarType.Double));
    return latents.narrow(0, Weighted.index(distances, uniform), 1).clone();
  }

  /** The figures, [codebookSize * embeddingDim], code by code. */
  double[] figures() {
    for (int i = 0; i < drawn.length; i++) {
      Tensor row = sums.narrow(0, draws.get(i).code(), 1);
      if (drawn[i] == null) {
        row.zero_();
      } else {
        row.copy_(drawn[i]);
        Tensors.release(drawn[i]);
      }
    }
    return Tensors.doubles(sums.view(-1).toType(ScalarType.Double));
  }
}
