package org.jowa.data.replay;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run's recorder knew and the log itself can't hold: the side file {@value #FILE_NAME}
 * beside the log. Logs of others don't have one.
 *
 * @param policy the policy's name, {@code scripted:0.1} for instance
 * @param seed the recorder's seed
 * @param stickyActions probability that the emulator repeats the action before
 * @param romMd5 MD5 of the ROM, lower-case hexadecimal; null where it isn't known
 * @param episodes ended episodes in the order of play
 */
public record Recording(
    String game,
    int run,
    String policy,
    long seed,
    double stickyActions,
    @Nullable String romMd5,
    List<Episode> episodes) {
  /** Name of the side file in {@code replay_logs}. */
  public static final String FILE_NAME = "raw_returns.json";

  public Recording {
    episodes = List.copyOf(episodes);
  }

  /** What it says of the whole run. */
  Recording withoutEpisodes() {
    return new Recording(game, run, policy, seed, stickyActions, romMd5, List.of());
  }

  /**
   * @param checkpoint of the file that holds the episode's terminal
   * @param row of the terminal in that file
   * @param steps length of the episode
   * @param rawReturn sum of its unclipped rewards
   */
  public record Episode(int checkpoint, long row, int steps, double rawReturn) {}
}
