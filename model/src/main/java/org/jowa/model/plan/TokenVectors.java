package org.jowa.model.plan;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldWeights;

/**
 * Input vectors of tokens, summed in Java: token, position and task embedding (spec section 2.1).
 * For the few rows of a decoding pass this is cheaper than the calls of three gathers.
 *
 * <p>Whether a token is an action or an observation follows from its position.
 */
final class TokenVectors {
  private final int width;
  private final float[] actions;
  private final float[] observations;
  private final float[] positions;
  private final float[] actionTasks;
  private final float[] observationTasks;

  /** Position plus task embedding of every position, by game. */
  private final Map<Integer, float[]> places = new ConcurrentHashMap<>();

  TokenVectors(WorldConfig config, Function<String, Tensor> lookup) {
    width = config.width();
    actions = Tensors.floats(lookup.apply(WorldWeights.TOKENS.get(0)));
    observations = Tensors.floats(lookup.apply(WorldWeights.TOKENS.get(1)));
    positions = Tensors.floats(lookup.apply(WorldWeights.POSITIONS));
    boolean tasks = config.useTaskEmbedding();
    int taskFloats = WorldConfig.GAMES * width;
    actionTasks =
        tasks ? Tensors.floats(lookup.apply(WorldWeights.TASKS.get(0))) : new float[taskFloats];
    observationTasks =
        tasks ? Tensors.floats(lookup.apply(WorldWeights.TASKS.get(1))) : new float[taskFloats];
  }

  /**
   * Writes one token's vector.
   *
   * @param game id of the game
   * @param position absolute position in the sequence
   * @param target where the vector goes, from {@code offset} on
   */
  void write(int game, int token, int position, float[] target, int offset) {
    float[] place = places.computeIfAbsent(game, this::places);
    float[] table = isAction(position) ? actions : observations;
    int from = token * width;
    int at = position * width;
    for (int i = 0; i < width; i++) {
      target[offset + i] = table[from + i] + place[at + i];
    }
  }

  private static boolean isAction(int position) {
    return position % WorldConfig.BLOCK_TOKENS == WorldConfig.ACTION_OFFSET;
  }

  private float[] places(int game) {
    float[] sums = positions.clone();
    for (int i = 0; i < sums.length; i++) {
      float[] tasks = isAction(i / width) ? actionTasks : observationTasks;
      sums[i] += tasks[game * width + i % width];
    }
    return sums;
  }
}
