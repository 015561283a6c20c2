package org.jowa.data.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jowa.data.SmallLogs;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MedianFrameTest {
  private static final int PIXELS = 84 * 84;

  @Test
  void whatMovesThroughAPixelIsNotInItsMedian() {
    MedianFrame median = new MedianFrame();
    for (int gray : new int[] {87, 236, 87, 200, 87}) {
      median.add(gray(gray));
    }
    assertThat(median.pixels()).isEqualTo(gray(87));
  }

  @Test
  void ofAnEvenNumberItIsTheLowerOfTheTwoInTheMiddle() {
    MedianFrame median = new MedianFrame();
    for (int gray : new int[] {255, 10, 200, 128}) {
      median.add(gray(gray));
    }
    assertThat(median.pixels()).isEqualTo(gray(128));
    assertThat(new MedianFrame().pixels()).isEqualTo(gray(0));
  }

  @Test
  void aSampleIsSpreadEvenlyAndEqualInWhateverPartsItIsRead(@TempDir Path logs, @TempDir Path out) {
    SmallLogs.write(logs);
    Dataset dataset = SmallLogs.ingest(logs, out);
    for (String game : dataset.games()) {
      List<byte[]> all = training(dataset, game);
      for (int most : new int[] {1, 7, all.size(), 2 * all.size()}) {
        FrameSample sample = FrameSample.training(dataset, game, most);
        List<byte[]> read = new ArrayList<>();
        sample.forEach(frame -> read.add(frame.clone()));
        assertThat(read).hasSize(Math.min(most, all.size())).hasSize(sample.size());
        for (int i = 0; i < read.size(); i++) {
          int row = (int) ((2L * i + 1) * all.size() / (2 * read.size()));
          assertThat(Arrays.equals(read.get(i), all.get(row))).isTrue();
        }
        List<byte[]> backwards = new ArrayList<>();
        for (int from = sample.size() - sample.size() % 5; from >= 0; from -= 5) {
          List<byte[]> part = new ArrayList<>();
          sample.forEach(from, Math.min(from + 5, sample.size()), frame -> part.add(frame.clone()));
          backwards.addAll(0, part);
        }
        assertThat(Arrays.deepEquals(backwards.toArray(), read.toArray())).isTrue();
      }
      MedianFrame median = new MedianFrame();
      all.forEach(median::add);
      assertThat(MedianFrame.of(dataset, game)).isEqualTo(median.pixels());
    }
  }

  @Test
  void aFrameComesWithTheOneBeforeItInItsEpisode(@TempDir Path logs, @TempDir Path out) {
    SmallLogs.write(logs);
    Dataset dataset = SmallLogs.ingest(logs, out);
    for (String game : dataset.games()) {
      List<byte[]> all = training(dataset, game);
      List<Integer> begins = new ArrayList<>();
      int rows = 0;
      for (Shard shard : dataset.manifest().shards()) {
        if (shard.game().equals(game) && !shard.isHeldOut()) {
          int index = dataset.manifest().shards().indexOf(shard);
          for (StoredEpisode episode : dataset.episodes().all()) {
            if (episode.shard() == index) {
              begins.add(rows + episode.firstRow());
            }
          }
          rows += shard.rows();
        }
      }
      AtomicInteger row = new AtomicInteger();
      FrameSample.training(dataset, game, all.size())
          .forEachWithPrevious(
              (frame, previous) -> {
                int at = row.getAndIncrement();
                assertThat(frame).isEqualTo(all.get(at));
                assertThat(previous).isEqualTo(begins.contains(at) ? null : all.get(at - 1));
              });
      assertThat(row).hasValue(all.size());
      assertThat(begins).hasSizeGreaterThan(1);
    }
  }

  @Test
  void aGameWithoutHeldOutEpisodesIsSaid(@TempDir Path logs, @TempDir Path out) {
    SmallLogs.write(logs);
    Dataset dataset = SmallLogs.ingest(logs, out);
    String without =
        dataset.games().stream()
            .filter(
                game ->
                    dataset.manifest().shards().stream()
                        .noneMatch(shard -> shard.isHeldOut() && shard.game().equals(game)))
            .findFirst()
            .orElse("Alien");
    assertThatThrownBy(() -> FrameSample.heldOut(dataset, without, 10))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("no held-out episodes of " + without);
  }

  private static List<byte[]> training(Dataset dataset, String game) {
    List<byte[]> frames = new ArrayList<>();
    for (Shard shard : dataset.manifest().shards()) {
      if (shard.game().equals(game) && !shard.isHeldOut()) {
        try (FrameShardReader reader = dataset.openFrames(shard)) {
          for (int row = 0; row < reader.rows(); row++) {
            byte[] frame = new byte[PIXELS];
            reader.frame(row, ByteBuffer.wrap(frame), 0);
            frames.add(frame);
          }
        }
      }
    }
    return frames;
  }

  private static byte[] gray(int value) {
    byte[] frame = new byte[PIXELS];
    Arrays.fill(frame, (byte) value);
    return frame;
  }
}
