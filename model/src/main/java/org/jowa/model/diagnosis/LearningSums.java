package org.jowa.model.diagnosis;

import static org.jowa.model.settings.WorldConfig.ACTIONS;
import static org.jowa.model.settings.WorldConfig.ACTION_OFFSET;
import static org.jowa.model.settings.WorldConfig.BLOCK_TOKENS;
import static org.jowa.model.settings.WorldConfig.Q_OFFSET;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.loss.C51;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.ActionMasks;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;

/**
 * The cheap figures that training prints with its held-out losses. They are kept as sums in one
 * array ({@link #values}), which add up over batches and ranks.
 */
public final class LearningSums {
  /** Share of the steps with a reward whose sign is predicted. */
  public static final String REWARD_RECALL = "rewardRecall";

  /** Pearson's correlation of Q with the return, within games; a constant Q has 0. */
  public static final String RETURN_CORRELATION = "qReturnCorrelation";

  /** Share of states in which the most frequent greedy action of the game wins. */
  public static final String MOST_FREQUENT_ACTION = "commonestAction";

  /** The same of the actions of the data. */
  public static final String MOST_FREQUENT_OF_DATA = "commonestActionOfData";

  /** Variance of what is constant but for rounding. */
  private static final double LEAST_VARIATION = 1e-10;

  private static final int REWARDS = 0;
  private static final int REWARDS_FOUND = 1;
  private static final int STATES = 2;
  private static final int Q = 3;
  private static final int RETURN = 4;
  private static final int Q_SQUARED = 5;
  private static final int RETURN_SQUARED = 6;
  private static final int PRODUCT = 7;
  private static final int GREEDY = 8;
  private static final int TAKEN = GREEDY + ACTIONS;

  /** Numbers of one game. */
  private static final int OF_GAME = TAKEN + ACTIONS;

  /** Length of the array. */
  public static final int LENGTH = OF_GAME * WorldConfig.GAMES;

  private final double[] values;

  private LearningSums(double[] values) {
    this.values = values;
  }

  /** Nothing yet. */
  public static LearningSums zero() {
    return new LearningSums(new double[LENGTH]);
  }

  /**
   * Sums that were added up elsewhere.
   *
   * @param values of {@link #LENGTH}
   */
  public static LearningSums of(double[] values) {
    return new LearningSums(values.clone());
  }

  /** The array itself. */
  public double[] values() {
    return values;
  }

  /**
   * Adds a held-out batch, in the caller's step scope.
   *
   * @param features of the forward pass over the batch, {@code [B * 37 T, E]}
   * @param returns of every step, {@code [B, T]}; NaN where they aren't known
   * @param withQ whether the Q-function is trained in this stage
   */
  public void add(
      WorldActionModel model, WorldBatch batch, Tensor features, float[] returns, boolean withQ) {
    int[] real =
        IntStream.range(0, batch.size() * batch.steps())
            .filter(step -> batch.mask()[step] != 0)
            .toArray();
    addRewards(model, batch, gather(model, features, real, ACTION_OFFSET, 1), real);
    int[] rated =
        IntStream.of(real)
            .filter(step -> QAgainstReturn.isTrained(step % batch.steps(), batch.steps()))
            .filter(step -> !Float.isNaN(returns[step]))
            .toArray();
    if (withQ && rated.length > 0) {
      int read = model.config().stateInput().tokens();
      addValues(model, batch, gather(model, features, rated, Q_OFFSET, read), returns, rated);
    }
  }

  /** Vectors of some neighbouring tokens of steps side by side, the last one at {@code offset}. */
  private static Tensor gather(
      WorldActionModel model, Tensor features, int[] steps, int offset, int tokens) {
    int[] rows =
        IntStream.of(steps)
            .flatMap(
                step ->
                    IntStream.rangeClosed(offset - tokens + 1, offset)
                        .map(token -> step * BLOCK_TOKENS + token))
            .toArray();
    return features
        .index_select(0, model.device().indices(rows))
        .view(steps.length, tokens * features.size(1));
  }

  private void addRewards(WorldActionModel model, WorldBatch batch, Tensor rows, int[] steps) {
    if (steps.length == 0) {
      return;
    }
    int[] classes = WorldDecoder.argmax(model.heads().rewards(rows));
    for (int i = 0; i < steps.length; i++) {
      int sign = (int) Math.signum(batch.rewards()[steps[i]]);
      if (sign != 0) {
        int at = at(batch, steps[i]);
        values[at + REWARDS]++;
        values[at + REWARDS_FOUND] += classes[i] - 1 == sign ? 1 : 0;
      }
    }
  }

  private void addValues(
      WorldActionModel model, WorldBatch batch, Tensor rows, float[] returns, int[] steps) {
    float[] q = Tensors.floats(expected(model, rows));
    float[] excluded = Tensors.floats(ActionMasks.of(model, batch, steps));
    for (int i = 0; i < steps.length; i++) {
      int at = at(batch, steps[i]);
      int taken = batch.actions()[steps[i]];
      double value = q[i * ACTIONS + taken];
      double discounted = returns[steps[i]];
      values[at + STATES]++;
      values[at + Q] += value;
      values[at + RETURN] += discounted;
      values[at + Q_SQUARED] += value * value;
      values[at + RETURN_SQUARED] += discounted * discounted;
      values[at + PRODUCT] += value * discounted;
      values[at + GREEDY + greedy(q, excluded, i * ACTIONS)]++;
      values[at + TAKEN + taken]++;
    }
  }

  /** Expected Q of all actions, {@code [n, 18]}, as in play: the mean over the ensemble. */
  private static Tensor expected(WorldActionModel model, Tensor rows) {
    WorldConfig config = model.config();
    Tensor outputs = model.heads().q(rows);
    if (config.tdLoss() == TdLoss.MSE) {
      return outputs.mean(0);
    }
    Tensor shares =
        torch.softmax(outputs.view(config.qHeads(), rows.size(0), ACTIONS, config.atoms()), -1);
    return torch.matmul(shares.mean(0), C51.of(config, model.device()).atoms());
  }

  private static int greedy(float[] q, float[] excluded, int at) {
    int best = 0;
    for (int action = 1; action < ACTIONS; action++) {
      if (q[at + action] + excluded[at + action] > q[at + best] + excluded[at + best]) {
        best = action;
      }
    }
    return best;
  }

  private static int at(WorldBatch batch, int step) {
    return batch.games()[step / batch.steps()] * OF_GAME;
  }

  /** The figures by their names in metrics; those that nothing was measured for are left out. */
  public Map<String, Double> figures() {
    double rewards = 0;
    double found = 0;
    double states = 0;
    double mostFrequentGreedy = 0;
    double mostFrequentTaken = 0;
    double product = 0;
    double q = 0;
    double returns = 0;
    for (int at = 0; at < LENGTH; at += OF_GAME) {
      rewards += values[at + REWARDS];
      found += values[at + REWARDS_FOUND];
      double n = values[at + STATES];
      if (n > 0) {
        states += n;
        mostFrequentGreedy += largest(at + GREEDY);
        mostFrequentTaken += largest(at + TAKEN);
        // Within a game, so that games of other returns don't make a correlation.
        product += values[at + PRODUCT] - values[at + Q] * values[at + RETURN] / n;
        q += values[at + Q_SQUARED] - values[at + Q] * values[at + Q] / n;
        returns += values[at + RETURN_SQUARED] - values[at + RETURN] * values[at + RETURN] / n;
      }
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    if (rewards > 0) {
      figures.put(REWARD_RECALL, found / rewards);
    }
    if (states > 0) {
      if (returns > LEAST_VARIATION * states) {
        boolean constant = q <= LEAST_VARIATION * states;
        figures.put(RETURN_CORRELATION, constant ? 0 : product / Math.sqrt(q * returns));
      }
      figures.put(MOST_FREQUENT_ACTION, mostFrequentGreedy / states);
      figures.put(MOST_FREQUENT_OF_DATA, mostFrequentTaken / states);
    }
    return figures;
  }

  private double largest(int from) {
    return Arrays.stream(values, from, from + ACTIONS).max().orElse(0);
  }
}
