package org.jowa.jobs.results;

import java.util.List;
import java.util.Optional;
import org.jowa.env.game.ReferenceScores;
import org.jowa.jobs.scores.Bootstrap;
import org.jowa.jobs.scores.Estimate;
import org.jspecify.annotations.Nullable;

/**
 * One game of an evaluation.
 *
 * @param game canonical name
 * @param romMd5 MD5 of the ROM that was played, in hexadecimal
 * @param published scores to normalise by, null where none are published
 * @param agent the agent's raw returns in short
 * @param random the same of a uniformly random player measured in this evaluation, under the same
 *     protocol and step limit; null if it was not measured
 * @param advantageOverRandom mean of the agent minus mean of the measured random player, with its
 *     interval where {@link #whyNoVerdict} is null; null if random was not measured
 * @param humanNormalised the agent's mean with published random as 0 and human as 1; null without
 *     published scores
 * @param dqnNormalised the same with DQN as 1
 * @param episodes the agent's
 * @param randomEpisodes the random player's; empty if not measured
 */
public record GameResult(
    String game,
    String romMd5,
    @Nullable ReferenceScores published,
    ScoreStatistics agent,
    @Nullable ScoreStatistics random,
    @Nullable Estimate advantageOverRandom,
    @Nullable Double humanNormalised,
    @Nullable Double dqnNormalised,
    List<EpisodeResult> episodes,
    List<EpisodeResult> randomEpisodes) {

  public GameResult {
    episodes = episodes == null ? List.of() : List.copyOf(episodes);
    randomEpisodes = randomEpisodes == null ? List.of() : List.copyOf(randomEpisodes);
    // A summary of an earlier version may hold an interval of no width.
    if (advantageOverRandom != null && whyNoVerdict(episodes, randomEpisodes) != null) {
      advantageOverRandom = advantageOverRandom.withoutInterval();
    }
  }

  static GameResult of(
      String game,
      String romMd5,
      Optional<ReferenceScores> published,
      List<EpisodeResult> episodes,
      List<EpisodeResult> randomEpisodes) {
    ScoreStatistics agent = ScoreStatistics.of(episodes);
    boolean randomMeasured = !randomEpisodes.isEmpty();
    return new GameResult(
        game,
        romMd5,
        published.orElse(null),
        agent,
        randomMeasured ? ScoreStatistics.of(randomEpisodes) : null,
        randomMeasured
            ? Bootstrap.STANDARD.differenceOfMeans(
                ScoreStatistics.returns(episodes), ScoreStatistics.returns(randomEpisodes))
            : null,
        published.map(p -> p.humanNormalised(agent.mean())).orElse(null),
        published.map(p -> p.dqnNormalised(agent.mean())).orElse(null),
        episodes,
        randomEpisodes);
  }

  /** True if the step limit ended at least one of the agent's episodes. */
  public boolean truncated() {
    return agent.truncated() > 0;
  }

  /**
   * Why the difference from the measured random player has no interval, and so no verdict.
   *
   * @return a few words, null where it has one
   */
  public @Nullable String whyNoVerdict() {
    return whyNoVerdict(episodes, randomEpisodes);
  }

  private static @Nullable String whyNoVerdict(
      List<EpisodeResult> agent, List<EpisodeResult> random) {
    return Bootstrap.whyNoDifference(
        ScoreStatistics.returns(agent), ScoreStatistics.returns(random));
  }

  boolean superhuman() {
    return published != null && agent.mean() > published.human();
  }
}
