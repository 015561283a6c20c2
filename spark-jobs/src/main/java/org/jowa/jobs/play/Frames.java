package org.jowa.jobs.play;

import java.util.Arrays;
import org.jowa.env.game.Observation;
import org.jowa.jobs.media.Pictures;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/** Frames of one game as tokens and as gray pictures. */
final class Frames {
  /** Width and height of a frame. */
  static final int SIDE = Observation.SIDE;

  private final FrameTokenizer tokenizer;

  /**
   * @param tokenizer for the game
   */
  Frames(FrameTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** The 36 tokens of [84 * 84] pixels. */
  long[] tokens(byte[] frame) {
    try (StepScope scope = StepScope.inference()) {
      return Tensors.longs(tokenizer.tokens(Tensors.of(frame, 1, SIDE, SIDE)));
    }
  }

  /**
   * Pixels of frames.
   *
   * @param tokens [n * 36]
   * @return [n * 84 * 84]
   */
  byte[] pixels(long[] tokens) {
    try (StepScope scope = StepScope.inference()) {
      return tokenizer.grays(
          Tensors.of(tokens, tokens.length / WorldConfig.FRAME_TOKENS, WorldConfig.FRAME_TOKENS));
    }
  }

  /** PNG of a frame's 36 tokens. */
  byte[] picture(int[] tokens) {
    return Pictures.png(pixels(Arrays.stream(tokens).asLongStream().toArray()), SIDE, SIDE);
  }
}
