package org.jowa.model.loss;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.world.WorldBatch;

/**
 * The rows of the temporal-difference loss (spec section 3.2): each real step of a sequence but the
 * last bootstraps from a later one, and each terminal step has a row of its own whose target is its
 * reward. With targets of n rewards a step bootstraps from the n-th after it or, near the end of
 * its sequence, from the last; where the episode ends before, it doesn't bootstrap. Terminal steps'
 * own rows come last, all in the order of sequences and steps. With targets of zero rewards a
 * played step's is its return in the record.
 *
 * @param position of the row's own step among the real steps of the batch, {@code [rows]}
 * @param next position of the step it bootstraps from; its own for terminal rows
 * @param reward discounted sum of the rewards on the way there
 * @param discount factor of what is bootstrapped; 0 where the episode ends before
 * @param game of the sequence
 * @param pairs number of rows that come before those of terminal steps
 */
record TdRows(int[] position, int[] next, float[] reward, float[] discount, int[] game, int pairs) {

  static TdRows of(WorldBatch batch, LossSettings settings) {
    List<Row> pairs = new ArrayList<>();
    List<Row> terminals = new ArrayList<>();
    int position = 0;
    for (int b = 0; b < batch.size(); b++) {
      int[] steps = realSteps(batch, b);
      for (int i = 0; i < steps.length; i++) {
        if (i + 1 < steps.length) {
          pairs.add(row(batch, b, steps, i, position, settings));
        }
        if (batch.isEnd(b, steps[i])) {
          float reward = reward(batch, b, steps[i]);
          terminals.add(new Row(position + i, position + i, reward, 0, batch.games()[b]));
        }
      }
      position += steps.length;
    }
    return of(pairs, terminals);
  }

  private static int[] realSteps(WorldBatch batch, int b) {
    int[] steps = new int[batch.steps()];
    int n = 0;
    for (int t = 0; t < batch.steps(); t++) {
      if (batch.isReal(b, t)) {
        steps[n++] = t;
      }
    }
    return Arrays.copyOf(steps, n);
  }

  /** The row of the i-th real step; {@code position} is that of the sequence's first. */
  private static Row row(
      WorldBatch batch, int b, int[] steps, int i, int position, LossSettings settings) {
    int game = batch.games()[b];
    double sum = reward(batch, b, steps[i]);
    double discount = settings.discount();
    int last = steps.length - 1;
    int next = i + 1;
    if (settings.returnSteps() == 0 && b < batch.realRows()) {
      float recorded = batch.returns()[b * batch.steps() + steps[i]];
      return new Row(position + i, position + next, recorded, 0, game);
    }
    if (settings.returnSteps() <= 1) {
      return new Row(position + i, position + next, (float) sum, (float) discount, game);
    }
    boolean ended = batch.isEnd(b, steps[i]);
    while (!ended && next - i < settings.returnSteps()) {
      ended = batch.isEnd(b, steps[next]);
      if (next == last && !ended) {
        break;
      }
      sum += discount * reward(batch, b, steps[next]);
      discount *= settings.discount();
      next++;
    }
    int from = Math.min(next, last);
    return new Row(position + i, position + from, (float) sum, ended ? 0 : (float) discount, game);
  }

  private static float reward(WorldBatch batch, int b, int t) {
    return batch.rewards()[b * batch.steps() + t];
  }

  private static TdRows of(List<Row> pairs, List<Row> terminals) {
    List<Row> rows = new ArrayList<>(pairs);
    rows.addAll(terminals);
    int n = rows.size();
    TdRows result =
        new TdRows(new int[n], new int[n], new float[n], new float[n], new int[n], pairs.size());
    for (int i = 0; i < n; i++) {
      result.position[i] = rows.get(i).position();
      result.next[i] = rows.get(i).next();
      result.reward[i] = rows.get(i).reward();
      result.discount[i] = rows.get(i).discount();
      result.game[i] = rows.get(i).game();
    }
    return result;
  }

  int size() {
    return position.length;
  }

  private record Row(int position, int next, float reward, float discount, int game) {}
}
