package org.jowa.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jowa.data.batch.LoadedSteps.BATCH;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.data.dataset.Dataset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What batches of frames hold, over an epoch and over ranks. */
class FrameLoaderTest {
  @TempDir static Path folder;
  private static LoadedSteps made;
  private static Dataset dataset;

  @BeforeAll
  static void makeData() {
    made = LoadedSteps.in(folder);
    dataset = made.dataset();
  }

  @Test
  void oneEpochOfALaneServesEachFrameOnceAndNoPadding() {
    List<String> expected = new ArrayList<>();
    made.steps()
        .get(2)
        .forEach(e -> e.forEach(step -> expected.add(step.game() + ":" + step.pixel())));
    List<String> found = new ArrayList<>();
    try (FrameLoader loader = FrameLoader.open(dataset, Split.TRAIN, 5, BATCH, 2, 4, 2)) {
      for (long step = 0; found.size() < expected.size(); step++) {
        FrameBatch batch = loader.batch(step);
        for (int i = 0; i < batch.size && found.size() < expected.size(); i++) {
          found.add(batch.games[i] + ":" + pixel(batch, i));
        }
      }
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(expected).isNotEqualTo(expected);
  }

  @Test
  void theGlobalBatchOfFramesIsTheSameForEveryWorldSizeAndAfterASeek() {
    for (long step : new long[] {0, 5, 1_000}) {
      Map<Long, String> alone = frames(1, step, Split.TRAIN);
      assertThat(alone).hasSize(BATCH);
      assertThat(frames(2, step, Split.TRAIN)).isEqualTo(alone);
      assertThat(frames(4, step, Split.TRAIN)).isEqualTo(alone);
      assertThat(frames(8, step, Split.HELD_OUT)).isEqualTo(frames(1, step, Split.HELD_OUT));
    }
    try (FrameLoader loader = FrameLoader.open(dataset, Split.TRAIN, 5, BATCH, 0, 1, 2)) {
      for (long step : new long[] {999, 1_000, 0, 5}) {
        FrameBatch batch = loader.batch(step);
        assertThat(batch.frames.isDirect()).isTrue();
        if (step != 999) {
          assertThat(describe(batch)).isEqualTo(frames(1, step, Split.TRAIN));
        }
      }
    }
  }

  private static Map<Long, String> frames(int worldSize, long step, Split split) {
    Map<Long, String> found = new TreeMap<>();
    for (int rank = 0; rank < worldSize; rank++) {
      try (FrameLoader loader = FrameLoader.open(dataset, split, 5, BATCH, rank, worldSize, 1)) {
        found.putAll(describe(loader.batch(step)));
      }
    }
    return found;
  }

  private static Map<Long, String> describe(FrameBatch batch) {
    Map<Long, String> found = new TreeMap<>();
    for (int i = 0; i < batch.size; i++) {
      found.put(batch.sampleIndex[i], batch.games[i] + ":" + pixel(batch, i));
    }
    return found;
  }

  /** The value of a frame, which is the same all over. */
  private static int pixel(FrameBatch batch, int i) {
    int first = batch.frames.get(i * 7056) & 0xff;
    assertThat(batch.frames.get(i * 7056 + 7055) & 0xff).isEqualTo(first);
    return first;
  }
}
