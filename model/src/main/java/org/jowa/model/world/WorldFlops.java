package org.jowa.model.world;

import org.jowa.model.settings.WorldConfig;

/**
 * Floating-point operations of the matrix products of one training step, forward and backward. A
 * multiply and an add count as two; element-wise work counts as nothing; attention counts only the
 * pairs that the causal mask lets through.
 */
public final class WorldFlops {
  private static final long FORWARD = 2;
  private static final long FORWARD_AND_BACKWARD = 3 * FORWARD;

  private WorldFlops() {}

  /**
   * Operations of a step with the Q losses on full sequences.
   *
   * @param batch sequences
   * @param steps blocks of each
   */
  public static long perStep(WorldConfig config, int batch, int steps) {
    long width = config.width();
    long tokens = (long) steps * WorldConfig.BLOCK_TOKENS;
    long blockWeights = 12 * width * width;
    long attentionPairs = tokens * (tokens + 1) / 2;
    long transformer = config.layers() * (tokens * blockWeights + 2 * attentionPairs * width);
    long labels = (long) steps * WorldConfig.FRAME_TOKENS - 1;
    long observations = labels * head(width, config.codebookSize());
    long others =
        steps
            * (head(width, WorldActionModel.REWARD_CLASSES)
                + head(width, WorldActionModel.END_CLASSES));
    long hidden = config.qWidth();
    long q =
        steps * config.qHeads() * (width * hidden + hidden * hidden + hidden * config.qOutputs());
    return batch * (FORWARD_AND_BACKWARD * (transformer + observations + others + q) + FORWARD * q);
  }

  private static long head(long width, long classes) {
    return width * width + width * classes;
  }
}
