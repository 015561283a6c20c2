package org.jowa.jobs.tokenizer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.MedianFrame;
import org.jowa.jobs.spark.SparkJobs;

/**
 * What stands still in each game of a data set. It follows from the data set's training frames
 * alone, so it is taken of any data set, however old, and the same every time.
 */
final class MedianFrames {
  private MedianFrames() {}

  /**
   * One task a game.
   *
   * @param data URI of the data set
   * @return 84 x 84 gray values of each game, in their order
   */
  static Map<String, byte[]> of(SparkJobs jobs, String data, List<String> games) {
    List<byte[]> medians =
        jobs.each(
            "find what stands still",
            "games",
            games.size(),
            games,
            (game, progress) -> {
              byte[] median = MedianFrame.of(Dataset.open(data, SparkJobs.hadoop()), game);
              progress.advance(1);
              return median;
            });
    Map<String, byte[]> byGame = new LinkedHashMap<>();
    for (int i = 0; i < games.size(); i++) {
      byGame.put(games.get(i), medians.get(i));
    }
    return byGame;
  }
}
