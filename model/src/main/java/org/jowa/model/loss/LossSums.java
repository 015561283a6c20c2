package org.jowa.model.loss;

import java.util.ArrayList;
import java.util.List;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.WorldConfig;

/**
 * Sums and counts of every part of the loss, for each game apart. They lie in one array ({@link
 * #values}), so micro-batches add up in place and ranks by one all-reduce; means are taken last.
 */
public final class LossSums {
  /** A part of the loss, summed over its rows. */
  enum Part {
    OBSERVATION,
    REWARD,
    END,
    TD,
    /** Of the conservative penalty: log-sum-exp of Q over all actions. */
    LOG_SUM_EXP,
    /** Of the conservative penalty: Q of the action that was taken. */
    DATA_Q,
    /** Cross-entropy of the behaviour network with the action that was taken. */
    CLONING
  }

  private static final int PARTS = Part.values().length;

  private final double[] values;

  private LossSums(double[] values) {
    this.values = values;
  }

  /** Nothing yet. */
  public static LossSums zero() {
    return new LossSums(new double[2 * PARTS * WorldConfig.GAMES]);
  }

  /** The array itself, sums and counts, for adding up over ranks in place. */
  public double[] values() {
    return values;
  }

  /** Adds those of another part of the batch. */
  public void add(LossSums other) {
    for (int i = 0; i < values.length; i++) {
      values[i] += other.values[i];
    }
  }

  void add(Part part, int game, double value) {
    add(part, game, value, 1);
  }

  /** Adds a row that stands for several. */
  void add(Part part, int game, double value, double rows) {
    int index = index(part, game);
    values[index] += rows * value;
    values[index + 1] += rows;
  }

  /** Games with at least one row, by id. */
  public List<Integer> games() {
    List<Integer> games = new ArrayList<>();
    for (int game = 0; game < WorldConfig.GAMES; game++) {
      for (Part part : Part.values()) {
        if (values[index(part, game) + 1] > 0) {
          games.add(game);
          break;
        }
      }
    }
    return games;
  }

  /** Means over all games. */
  public WorldLosses losses(LossSettings settings) {
    return losses(settings, 0, WorldConfig.GAMES);
  }

  /** Means over the rows of one game. */
  public WorldLosses losses(LossSettings settings, int game) {
    return losses(settings, game, game + 1);
  }

  private WorldLosses losses(LossSettings settings, int from, int to) {
    double observation = mean(Part.OBSERVATION, from, to);
    double reward = mean(Part.REWARD, from, to);
    double end = mean(Part.END, from, to);
    double td = mean(Part.TD, from, to);
    double logSumExpQ = mean(Part.LOG_SUM_EXP, from, to);
    double dataQ = mean(Part.DATA_Q, from, to);
    double penalty =
        settings.penalty() == Penalty.NONE ? 0 : settings.penaltyWeight() * (logSumExpQ - dataQ);
    double cloning = mean(Part.CLONING, from, to);
    double total =
        settings.supervisedWeight() * (observation + reward + end) + td + penalty + cloning;
    return new WorldLosses(
        observation, reward, end, td, penalty, total, logSumExpQ, dataQ, cloning);
  }

  /** 0 where there are no rows: a part that isn't there adds nothing to the total. */
  private double mean(Part part, int from, int to) {
    double sum = 0;
    double count = 0;
    for (int game = from; game < to; game++) {
      int index = index(part, game);
      sum += values[index];
      count += values[index + 1];
    }
    return count == 0 ? 0 : sum / count;
  }

  private static int index(Part part, int game) {
    return 2 * (game * PARTS + part.ordinal());
  }
}
