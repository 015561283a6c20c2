package org.jowa.data.dataset;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jowa.data.cache.MappedFiles;

/**
 * The token that a game shows most often at each place of its frames: what stands still. What moves
 * shows as another one.
 */
public final class BackgroundTokens {
  /** Frames of a game that are counted, at most. */
  public static final int MOST_FRAMES = 16_384;

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
    int[] all =
        IntStream.range(0, shards.size())
            .filter(i -> shards.get(i).game().equals(game) && !shards.get(i).isHeldOut())
            .toArray();
    int some = Math.min(mostShards, all.length);
    int[] training = IntStream.range(0, some).map(i -> all[i * all.length / some]).toArray();
    long rows = IntStream.of(training).mapToLong(i -> shards.get(i).rows()).sum();
    if (rows == 0) {
      return new int[0];
    }
    int size = (int) Math.min(MOST_FRAMES, rows);
    List<Map<Integer, Integer>> counts =
        IntStream.range(0, TokenSet.TOKENS_PER_FRAME)
            .<Map<Integer, Integer>>mapToObj(place -> new HashMap<>())
            .toList();
    int[] frame = new int[TokenSet.TOKENS_PER_FRAME];
    long first = 0;
    int next = 0;
    try (MappedFiles files = MappedFiles.within(MappedFiles.DEFAULT_BYTES)) {
      for (int shard : training) {
        long end = first + shards.get(shard).rows();
        try (TokenShardReader reader = tokens.open(shard, files)) {
          for (; next < size && row(next, size, rows) < end; next++) {
            reader.tokens((int) (row(next, size, rows) - first), frame, 0);
            for (int place = 0; place < frame.length; place++) {
              counts.get(place).merge(frame[place], 1, Integer::sum);
            }
          }
        }
        first = end;
      }
    }
    Arrays.setAll(frame, place -> commonest(counts.get(place)));
    return frame;
  }

  private static long row(int i, int size, long rows) {
    return (2L * i + 1) * rows / (2L * size);
  }

  private static int commonest(Map<Integer, Integer> counts) {
    return counts.entrySet().stream()
        .max(
            Map.Entry.<Integer, Integer>comparingByValue()
                .thenComparing(Map.Entry.comparingByKey((a, b) -> Integer.compare(b, a))))
        .orElseThrow()
        .getKey();
  }
}
