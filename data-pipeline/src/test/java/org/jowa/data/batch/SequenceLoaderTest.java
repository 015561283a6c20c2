package org.jowa.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.jowa.data.batch.LoadedSteps.BATCH;
import static org.jowa.data.batch.LoadedSteps.describe;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.data.SmallLogs;
import org.jowa.data.batch.LoadedSteps.Step;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.sample.Padding;
import org.jowa.data.sample.Segmentation;
import org.jowa.data.tokens.TokenSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What batches of sequences hold, over an epoch and over ranks. */
class SequenceLoaderTest {
  @TempDir static Path folder;
  private static LoadedSteps made;
  private static Dataset dataset;
  private static TokenSet tokens;

  @BeforeAll
  static void makeData() {
    made = LoadedSteps.in(folder);
    dataset = made.dataset();
    tokens = made.tokens();
  }

  @Test
  void oneEpochOfALaneServesEachOfItsSegmentsOnceWithItsStepsAndPadding() {
    for (Segmentation segmentation :
        List.of(
            Segmentation.TRAINING,
            new Segmentation(8, 4, Padding.LEFT),
            new Segmentation(8, 1, Padding.RIGHT))) {
      Map<String, Integer> expected = new TreeMap<>();
      for (List<Step> episode : made.steps().get(1)) {
        for (int s = 0; s < segmentation.count(episode.size()); s++) {
          expected.merge(describe(episode, segmentation.start(s, episode.size())), 1, Integer::sum);
        }
      }
      int segments = expected.values().stream().mapToInt(i -> i).sum();
      Map<String, Integer> found = new TreeMap<>();
      // Rank 1 of 4 serves lane 1 only, two sequences a step.
      try (SequenceLoader loader =
          SequenceLoader.open(
              dataset,
              tokens,
              Split.TRAIN,
              SequenceOptions.STANDARD.withSegmentation(segmentation),
              5,
              BATCH,
              1,
              4,
              2)) {
        int served = 0;
        for (long step = 0; served < segments; step++) {
          SequenceBatch batch = loader.batch(step);
          assertThat(batch.size).isEqualTo(2);
          for (int i = 0; i < batch.size && served < segments; i++, served++) {
            assertThat(batch.sampleIndex[i]).isEqualTo(step * BATCH + 1 + 4L * i);
            found.merge(describe(batch, i), 1, Integer::sum);
          }
        }
      }
      assertThat(found).isEqualTo(expected);
    }
  }

  @Test
  void theGlobalBatchIsTheSameForEveryWorldSizeAndAfterAResume() {
    for (long step : new long[] {0, 1, 17, 100_000}) {
      Map<Long, String> alone = sequences(1, step);
      assertThat(alone).hasSize(BATCH);
      assertThat(sequences(2, step)).isEqualTo(alone);
      assertThat(sequences(4, step)).isEqualTo(alone);
    }
    // Steps in a row and a seek back give the same as fresh loaders.
    try (SequenceLoader loader =
        SequenceLoader.open(
            dataset, tokens, Split.TRAIN, SequenceOptions.STANDARD, 5, BATCH, 0, 1, 3)) {
      for (long step : new long[] {15, 16, 17, 3, 4, 17}) {
        SequenceBatch batch = loader.batch(step);
        Map<Long, String> found = new TreeMap<>();
        for (int i = 0; i < batch.size; i++) {
          found.put(batch.sampleIndex[i], describe(batch, i));
        }
        assertThat(found).isEqualTo(sequences(1, step));
      }
    }
  }

  @Test
  void segmentsOfFramesAreThoseOfTokensWithTheirFrames() {
    SequenceOptions asked = SequenceOptions.STANDARD.withReturnDiscount(0.5);
    for (Split split : Split.values()) {
      for (int rank = 0; rank < 2; rank++) {
        try (SequenceLoader ofTokens =
                SequenceLoader.open(dataset, tokens, split, asked, 5, BATCH, rank, 2, 1);
            SequenceLoader ofFrames =
                SequenceLoader.ofFrames(dataset, split, asked, 5, BATCH, rank, 2, 1)) {
          for (long step : new long[] {0, 1, 7, 2}) {
            SequenceBatch expected = ofTokens.batch(step);
            SequenceBatch found = ofFrames.batch(step);
            assertThat(found.sampleIndex).isEqualTo(expected.sampleIndex);
            assertThat(found.returns).isEqualTo(expected.returns);
            // What is left of the batch before must not show.
            Arrays.fill(found.tokens, 0);
            for (int at = 0; at < found.size * found.steps; at++) {
              int pixel = found.frames.get(at * 7056) & 0xff;
              assertThat(found.frames.get(at * 7056 + 7055) & 0xff).isEqualTo(pixel);
              boolean real = found.mask[at] != 0;
              assertThat(real || pixel == 0).isTrue();
              for (int token = 0; token < 36 && real; token++) {
                found.tokens[at * 36 + token] = SmallLogs.token(pixel, token);
              }
            }
            for (int i = 0; i < found.size; i++) {
              assertThat(describe(found, i)).isEqualTo(describe(expected, i));
            }
          }
        }
      }
    }
  }

  @Test
  void heldOutSequencesComeInOneOrderWhateverTheSeed() {
    Map<Long, String> pass = new TreeMap<>();
    try (SequenceLoader loader =
        SequenceLoader.open(
            dataset, tokens, Split.HELD_OUT, SequenceOptions.STANDARD, 5, BATCH, 0, 1, 1)) {
      long segments = dataset.manifest().heldOut().segments();
      assertThat(loader.batches()).isEqualTo(segments / BATCH);
      for (long step = 0; step < loader.batches() + 1; step++) {
        SequenceBatch batch = loader.batch(step);
        for (int i = 0; i < batch.size && pass.size() < segments; i++) {
          pass.put(batch.sampleIndex[i], describe(batch, i));
        }
      }
      List<String> expected = new ArrayList<>();
      for (List<Step> episode : made.steps().get(-1)) {
        for (int start = 0; start < episode.size(); start += 4) {
          expected.add(describe(episode, start));
        }
      }
      assertThat(pass.values()).containsExactlyInAnyOrderElementsOf(expected);
    }
    try (SequenceLoader other =
        SequenceLoader.open(
            dataset, tokens, Split.HELD_OUT, SequenceOptions.STANDARD, 99, BATCH, 1, 2, 1)) {
      SequenceBatch batch = other.batch(1);
      for (int i = 0; i < batch.size; i++) {
        assertThat(describe(batch, i)).isEqualTo(pass.get(batch.sampleIndex[i]));
      }
    }
  }

  @Test
  void heldOutSequencesCarryReturnsToTheEndOfTheirEpisodesWhereAskedFor() {
    double discount = 0.5;
    Map<String, Double> expected = new HashMap<>();
    for (List<Step> episode : made.steps().get(-1)) {
      for (int start = 0; start < episode.size(); start += 4) {
        double sum = 0;
        for (int step = episode.size() - 1; step >= start; step--) {
          sum = episode.get(step).reward() + discount * sum;
        }
        expected.put(describe(episode, start), sum);
      }
    }
    SequenceOptions asked = SequenceOptions.STANDARD.withReturnDiscount(discount);
    try (SequenceLoader loader =
            SequenceLoader.open(dataset, tokens, Split.HELD_OUT, asked, 5, BATCH, 0, 1, 1);
        SequenceLoader without =
            SequenceLoader.open(
                dataset, tokens, Split.HELD_OUT, SequenceOptions.STANDARD, 5, BATCH, 0, 1, 1);
        SequenceLoader training =
            SequenceLoader.open(dataset, tokens, Split.TRAIN, asked, 5, BATCH, 0, 1, 1)) {
      for (long step = 0; step < loader.batches(); step++) {
        SequenceBatch batch = loader.batch(step);
        for (int i = 0; i < batch.size; i++) {
          assertThat((double) batch.returns[i * batch.steps])
              .isCloseTo(expected.get(describe(batch, i)), within(1e-3));
          for (int t = 0; t < batch.steps; t++) {
            boolean real = batch.mask[i * batch.steps + t] != 0;
            assertThat(Float.isNaN(batch.returns[i * batch.steps + t])).isEqualTo(!real);
          }
        }
      }
      for (float none : without.batch(0).returns) {
        assertThat(none).isNaN();
      }
      assertThat(training.batch(0).mask[0]).isEqualTo((byte) 1);
      assertThat(training.batch(0).returns[0]).isNotNaN();
    }
  }

  private static Map<Long, String> sequences(int worldSize, long step) {
    Map<Long, String> found = new TreeMap<>();
    for (int rank = 0; rank < worldSize; rank++) {
      try (SequenceLoader loader =
          SequenceLoader.open(
              dataset,
              tokens,
              Split.TRAIN,
              SequenceOptions.STANDARD,
              5,
              BATCH,
              rank,
              worldSize,
              1)) {
        SequenceBatch batch = loader.batch(step);
        for (int i = 0; i < batch.size; i++) {
          found.put(batch.sampleIndex[i], describe(batch, i));
        }
      }
    }
    return found;
  }
}
