package org.jowa.jobs.inspect;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jowa.data.batch.FrameBatch;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.StoredEpisode;

/**
 * Frames of one game side by side, spread over its episodes and over the time in them: the same
 * ones for the same data set. At most two shards are read.
 *
 * @param gray {@code [height, width]} bytes
 * @param frames how many there are
 * @param episodes how many they are from
 */
@SuppressWarnings("ArrayRecordComponent")
record ContactSheet(byte[] gray, int width, int height, int frames, int episodes) {
  private static final int COLUMNS = 8;
  private static final int ROWS = 2;
  private static final int GAP = 2;

  /** Tells frames apart whose borders are black or white. */
  private static final byte BETWEEN = (byte) 128;

  private static final int EDGE = FrameBatch.FRAME_EDGE;

  static ContactSheet of(Dataset dataset, List<StoredEpisode> ofGame) {
    List<StoredEpisode> episodes = fewShards(ofGame);
    int count = COLUMNS * ROWS;
    int width = COLUMNS * (EDGE + GAP) - GAP;
    int height = ROWS * (EDGE + GAP) - GAP;
    byte[] gray = new byte[width * height];
    Arrays.fill(gray, BETWEEN);
    byte[] frame = new byte[FrameBatch.FRAME_BYTES];
    int shard = -1;
    FrameShardReader reader = null;
    try {
      for (int i = 0; i < count; i++) {
        StoredEpisode episode = episodes.get((int) ((long) i * episodes.size() / count));
        if (reader == null || episode.shard() != shard) {
          if (reader != null) {
            reader.close();
          }
          shard = episode.shard();
          reader = dataset.openFrames(dataset.manifest().shards().get(shard));
        }
        // From the start of the first to the end of the last.
        int step = (int) ((episode.length() - 1) * (i + 0.5) / count);
        reader.frame(episode.firstRow() + step, ByteBuffer.wrap(frame), 0);
        int left = i % COLUMNS * (EDGE + GAP);
        int top = i / COLUMNS * (EDGE + GAP);
        for (int y = 0; y < EDGE; y++) {
          System.arraycopy(frame, y * EDGE, gray, (top + y) * width + left, EDGE);
        }
      }
    } finally {
      if (reader != null) {
        reader.close();
      }
    }
    return new ContactSheet(gray, width, height, count, Math.min(count, episodes.size()));
  }

  /** The episodes of the game's first and last shard, in the order of rows. */
  private static List<StoredEpisode> fewShards(List<StoredEpisode> ofGame) {
    int first = ofGame.stream().mapToInt(StoredEpisode::shard).min().orElseThrow();
    int last = ofGame.stream().mapToInt(StoredEpisode::shard).max().orElseThrow();
    List<StoredEpisode> few =
        new ArrayList<>(
            ofGame.stream().filter(e -> e.shard() == first || e.shard() == last).toList());
    few.sort(
        Comparator.comparingInt(StoredEpisode::shard).thenComparingInt(StoredEpisode::firstRow));
    return few;
  }

  String description(String game) {
    return String.format(
        Locale.ROOT,
        "%d frames of %s from %s, left to right from early to late in an episode",
        frames,
        game,
        episodes == 1 ? "one episode" : episodes + " episodes");
  }
}
