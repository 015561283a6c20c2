package org.jowa.model.plan;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.Tensors;

/**
 * Imagines what the model holds possible, not what it holds likeliest: every token, reward and end
 * is drawn from its predicted distribution.
 *
 * <p>A draw is a function of the seed, the context, the actions that lead to the state, and the
 * place in the state: equal contexts get equal plans, whatever is planned beside them, and frame
 * speculation finds the tokens that a token a pass finds.
 *
 * @param seed of all draws
 */
record Sampling(long seed) {
  private static final long SITE = 1;

  /** Places of a state's reward and end; its tokens come before. */
  static final int REWARD = 64;

  static final int END = 65;

  /** Key of the draws behind a context. */
  long root(int[] context) {
    return FunctionalRandom.key(seed, Arrays.hashCode(context), context.length, SITE);
  }

  /** Key of the state that an action leads to from another. */
  static long child(long key, int action) {
    return FunctionalRandom.key(key, action, 0, SITE);
  }

  /**
   * Draws a class for each row, by adding Gumbel noise to the logits and taking the largest.
   *
   * @param logits [rows, classes]
   * @param keys [rows] of the states
   * @param places [rows] in the states
   */
  static int[] classes(Tensor logits, long[] keys, int[] places) {
    int classes = (int) logits.size(1);
    float[] values = Tensors.floats(logits);
    float[] uniform = new float[classes];
    int[] drawn = new int[keys.length];
    for (int row = 0; row < drawn.length; row++) {
      FunctionalRandom.uniform(
          FunctionalRandom.key(keys[row], places[row], 0, SITE + 1), uniform, 0, classes);
      double largest = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < classes; i++) {
        double value = values[row * classes + i] - Math.log(-Math.log(uniform[i]));
        if (value > largest) {
          largest = value;
          drawn[row] = i;
        }
      }
    }
    return drawn;
  }
}
