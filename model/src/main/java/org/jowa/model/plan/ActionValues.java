package org.jowa.model.plan;

import java.util.Arrays;
import org.jowa.model.settings.WorldConfig;

/**
 * What the actions of the full set are worth in a state.
 *
 * @param critic [18] expected Q less the cost; minus infinity for actions that the data doesn't
 *     support
 * @param costs [18] what they cost for being rare, see {@link BehaviourPenalty}
 */
@SuppressWarnings("ArrayRecordComponent")
record ActionValues(float[] critic, float[] costs) {
  private static final int ACTIONS = WorldConfig.ACTIONS;

  /** One state's part of the values of many, [rows * 18]. */
  static ActionValues row(float[] critic, float[] costs, int row) {
    int from = row * ACTIONS;
    return new ActionValues(
        Arrays.copyOfRange(critic, from, from + ACTIONS),
        Arrays.copyOfRange(costs, from, from + ACTIONS));
  }
}
