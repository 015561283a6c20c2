package org.jowa.model.parity;

import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldActionModel;

/** Decodes with a world-action model of a golden set. */
final class GoldenDecoder implements AutoCloseable {
  private final WorldDecoder decoder;

  private GoldenDecoder(WorldDecoder decoder) {
    this.decoder = decoder;
  }

  /**
   * Reads a model.
   *
   * @param weights name of a file of weights, with or without a trunk of its own
   */
  static GoldenDecoder load(GoldenModel models, String weights) {
    try (WorldActionModel model = models.load(weights, null)) {
      return new GoldenDecoder(WorldDecoder.of(model.config(), model.parameters()::get));
    }
  }

  WorldDecoder decoder() {
    return decoder;
  }

  /**
   * How far apart the logits of two next tokens are.
   *
   * @param tokens of the sequence so far
   */
  double logitGap(int[] tokens, int game, int one, int other) {
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled read = decoder.prefill(new int[][] {tokens}, new int[] {game});
      read.cache().close();
      float[] logits = Tensors.floats(decoder.observationLogits(read.output()));
      return Math.abs((double) logits[one] - logits[other]);
    }
  }

  @Override
  public void close() {
    decoder.close();
  }
}
