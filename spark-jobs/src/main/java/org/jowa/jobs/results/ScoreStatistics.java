package org.jowa.jobs.results;

import java.util.Arrays;
import java.util.List;
import org.jowa.jobs.scores.Scores;

/**
 * The raw returns of a game's episodes in short.
 *
 * @param episodes how many
 * @param truncated how many of them the step limit ended
 * @param standardDeviation of a sample (n - 1); 0 for one episode
 * @param meanSteps agent steps
 */
public record ScoreStatistics(
    int episodes,
    int truncated,
    double mean,
    double median,
    double min,
    double max,
    double standardDeviation,
    double meanSteps) {

  /**
   * @throws IllegalArgumentException if {@code episodes} is empty
   */
  public static ScoreStatistics of(List<EpisodeResult> episodes) {
    double[] returns = returns(episodes);
    return new ScoreStatistics(
        returns.length,
        (int) episodes.stream().filter(EpisodeResult::truncated).count(),
        Scores.mean(returns),
        Scores.median(returns),
        Arrays.stream(returns).min().orElseThrow(),
        Arrays.stream(returns).max().orElseThrow(),
        Scores.standardDeviation(returns),
        episodes.stream().mapToInt(EpisodeResult::steps).average().orElseThrow());
  }

  static double[] returns(List<EpisodeResult> episodes) {
    return episodes.stream().mapToDouble(EpisodeResult::rawReturn).toArray();
  }
}
