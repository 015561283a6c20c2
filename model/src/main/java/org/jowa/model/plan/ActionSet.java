package org.jowa.model.plan;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.jowa.env.game.Game;
import org.jowa.model.settings.WorldConfig;

/** The actions that are valid in a game, and choices among them by a critic over all 18. */
record ActionSet(int[] actions) {
  static ActionSet of(Game game) {
    boolean[] valid = game.validActions();
    return new ActionSet(IntStream.range(0, valid.length).filter(a -> valid[a]).toArray());
  }

  int size() {
    return actions.length;
  }

  /** The largest value of a valid action. */
  float best(float[] critic, int offset) {
    return critic[offset + top(critic, offset, 1)[0]];
  }

  /**
   * The best valid action of each row; on ties the smaller one.
   *
   * @param critic [rows * 18]
   */
  int[] bestOfEach(float[] critic) {
    int[] actions = new int[critic.length / WorldConfig.ACTIONS];
    Arrays.setAll(actions, row -> top(critic, row * WorldConfig.ACTIONS, 1)[0]);
    return actions;
  }

  /**
   * The best valid actions, the best one first; on ties the smaller action.
   *
   * @param critic expected Q, that of action 0 at {@code offset}
   * @param count at most {@link #size()}
   */
  int[] top(float[] critic, int offset, int count) {
    return IntStream.of(actions)
        .boxed()
        .sorted(Comparator.comparing((Integer action) -> -critic[offset + action]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
