package org.jowa.jobs.play;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the page shows after a step.
 *
 * @param game its name
 * @param world {@code real}, or {@code model} where everything shown is imagined
 * @param whyNoGame why the real game can't be played; null if it can
 * @param recorded frames that an imagined episode can begin at
 * @param player who acted last, {@code person} or {@code agent}
 * @param step of the episode
 * @param score sum of its rewards
 * @param reward of the last step
 * @param over whether the episode has ended
 * @param action the last one's name; null before the first
 * @param screen picture as a data address
 * @param width of the picture
 * @param height of the picture
 * @param kept what the tokens keep of the real game's frame, as a data address; null where it
 *     wasn't asked for, or nothing else is shown anyway
 * @param values what the agent expected of each action when it acted; empty where it didn't
 */
record PlayView(
    String game,
    String world,
    @Nullable String whyNoGame,
    int recorded,
    String player,
    long step,
    double score,
    double reward,
    boolean over,
    @Nullable String action,
    String screen,
    int width,
    int height,
    @Nullable String kept,
    List<Value> values) {
  /**
   * An action that the game knows.
   *
   * @param expected return; null where the data doesn't support the action
   */
  record Value(String action, @Nullable Double expected) {}
}
