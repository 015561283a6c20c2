package org.jowa.model.loss;

import java.util.ArrayList;
import java.util.List;
import org.jowa.model.world.WorldBatch;

/**
 * The rows of the temporal-difference loss (spec section 3.2): each real step of a sequence pairs
 * with the next real one, and each terminal step has a row of its own whose target is its reward.
 * Pairs come first, both in the order of sequences and steps.
 *
 * @param position of the row's own step among the real steps of the batch, {@code [rows]}
 * @param next position of the step it bootstraps from; its own for terminal rows
 * @param reward of the step
 * @param game of the sequence
 * @param pairs number of rows that are pairs
 */
record TdRows(int[] position, int[] next, float[] reward, int[] game, int pairs) {

  static TdRows of(WorldBatch batch) {
    List<Row> pairs = new ArrayList<>();
    List<Row> terminals = new ArrayList<>();
    int position = 0;
    for (int b = 0; b < batch.size(); b++) {
      int previous = -1;
      for (int t = 0; t < batch.steps(); t++) {
        if (!batch.isReal(b, t)) {
          continue;
        }
        if (previous >= 0) {
          pairs.add(row(batch, b, previous, position - 1, position));
        }
        if (batch.isEnd(b, t)) {
          terminals.add(row(batch, b, t, position, position));
        }
        previous = t;
        position++;
      }
    }
    return of(pairs, terminals);
  }

  private static Row row(WorldBatch batch, int b, int t, int position, int next) {
    return new Row(position, next, batch.rewards()[b * batch.steps() + t], batch.games()[b]);
  }

  private static TdRows of(List<Row> pairs, List<Row> terminals) {
    List<Row> rows = new ArrayList<>(pairs);
    rows.addAll(terminals);
    int n = rows.size();
    TdRows result = new TdRows(new int[n], new int[n], new float[n], new int[n], pairs.size());
    for (int i = 0; i < n; i++) {
      result.position[i] = rows.get(i).position();
      result.next[i] = rows.get(i).next();
      result.reward[i] = rows.get(i).reward();
      result.game[i] = rows.get(i).game();
    }
    return result;
  }

  int size() {
    return position.length;
  }

  private record Row(int position, int next, float reward, int game) {}
}
