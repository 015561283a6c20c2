package org.jowa.data.tokens;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jowa.data.cache.MappedFiles;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.RowSample;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StepColumns;

/**
 * The token that a game shows most often at each place of its frames: what stands still. What moves
 * shows as another one.
 */
public final class BackgroundTokens {
  /** Frames of a game that are counted, at most. */
  private static final int MOST_FRAMES = 16_384;

  /** Shards of a game that they are taken from: a data set may have thousands. */
  private static final int MOST_SHARDS = 16;

  private BackgroundTokens() {}

  /**
   * Counts a game's training frames, spread evenly over the rows of some of its shards.
   *
   * @return of each of the 36 places; of equally frequent tokens the smallest. Empty if the game
   *     has no training frames
   * @throws org.jowa.error.InvalidInputException if a token shard is missing or altered
   */
  public static int[] of(Dataset dataset, TokenSet tokens, String game) {
    return of(dataset, tokens, game, MOST_SHARDS);
  }

  static int[] of(Dataset dataset, TokenSet tokens, String game, int mostShards) {
    List<Shard> shards = dataset.manifest().shards();
    List<Shard> all =
        shards.stream().filter(shard -> shard.game().equals(game) && !shard.isHeldOut()).toList();
    int some = Math.min(mostShards, all.size());
    RowSample sample =
        new RowSample(
            IntStream.range(0, some).mapToObj(i -> all.get(i * all.size() / some)).toList(),
            MOST_FRAMES);
    if (sample.size() == 0) {
      return new int[0];
    }
    List<Map<Integer, Integer>> counts =
        IntStream.range(0, StepColumns.TOKENS_PER_FRAME)
            .<Map<Integer, Integer>>mapToObj(place -> new HashMap<>())
            .toList();
    int[] frame = new int[StepColumns.TOKENS_PER_FRAME];
    try (MappedFiles files = MappedFiles.within(MappedFiles.DEFAULT_BYTES)) {
      sample.forEach(
          0,
          sample.size(),
          shard -> tokens.open(shards.indexOf(shard), files),
          (reader, row) -> {
            reader.tokens(row, frame, 0);
            for (int place = 0; place < frame.length; place++) {
              counts.get(place).merge(frame[place], 1, Integer::sum);
            }
          },
          TokenShardReader::close);
    }
    Arrays.setAll(frame, place -> mostFrequent(counts.get(place)));
    return frame;
  }

  private static int mostFrequent(Map<Integer, Integer> counts) {
    return counts.entrySet().stream()
        .max(
            Map.Entry.<Integer, Integer>comparingByValue()
                .thenComparing(Map.Entry.comparingByKey((a, b) -> Integer.compare(b, a))))
        .orElseThrow()
        .getKey();
  }
}
