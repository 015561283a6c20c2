package org.jowa.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.data.SmallLogs;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.sample.Padding;
import org.jowa.data.sample.Segmentation;
import org.jowa.data.tokens.TokenSet;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoaderTest {
  private static final int BATCH = 8;

  @TempDir static Path folder;
  private static Dataset dataset;
  private static TokenSet tokens;

  /** Every step of the data set: lane, then episode in the lane, then step. */
  private static Map<Integer, List<List<Step>>> steps;

  private record Step(int game, int pixel, int action, float reward, boolean terminal) {}

  @BeforeAll
  static void makeData() {
    SmallLogs.write(folder.resolve("logs"));
    dataset = SmallLogs.ingest(folder.resolve("logs"), folder.resolve("data"));
    tokens = SmallLogs.tokenize(dataset);
    steps = new HashMap<>();
    ByteBuffer frame = ByteBuffer.allocate(7056);
    for (StoredEpisode episode : dataset.episodes().all()) {
      Shard shard = dataset.manifest().shards().get(episode.shard());
      List<Step> all = new ArrayList<>();
      try (FrameShardReader reader = dataset.openFrames(shard)) {
        for (int row = episode.firstRow(); row < episode.firstRow() + episode.length(); row++) {
          reader.frame(row, frame, 0);
          all.add(
              new Step(
                  episode.game(),
                  frame.get(0) & 0xff,
                  reader.action(row),
                  reader.reward(row),
                  reader.terminal(row)));
        }
      }
      steps.computeIfAbsent(episode.lane(), lane -> new ArrayList<>()).add(all);
    }
  }

  @Test
  void oneEpochOfALaneServesEachOfItsSegmentsOnceWithItsStepsAndPadding() {
    for (Segmentation segmentation :
        List.of(
            Segmentation.TRAINING,
            Segmentation.IMAGINATION,
            new Segmentation(8, 1, Padding.RIGHT))) {
      Map<String, Integer> expected = new TreeMap<>();
      for (List<Step> episode : steps.get(1)) {
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
        SequenceLoader.open(dataset, tokens, Split.TRAIN, 5, BATCH, 0, 1, 3)) {
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
        SequenceLoader.open(dataset, tokens, Split.HELD_OUT, 5, BATCH, 0, 1, 1)) {
      assertThat(loader.segments()).isEqualTo(dataset.manifest().heldOut().segments());
      assertThat(loader.batches()).isEqualTo(loader.segments() / BATCH);
      for (long step = 0; step < loader.batches() + 1; step++) {
        SequenceBatch batch = loader.batch(step);
        for (int i = 0; i < batch.size && pass.size() < loader.segments(); i++) {
          pass.put(batch.sampleIndex[i], describe(batch, i));
        }
      }
      List<String> expected = new ArrayList<>();
      for (List<Step> episode : steps.get(-1)) {
        for (int start = 0; start < episode.size(); start += 4) {
          expected.add(describe(episode, start));
        }
      }
      assertThat(pass.values()).containsExactlyInAnyOrderElementsOf(expected);
    }
    try (SequenceLoader other =
        SequenceLoader.open(dataset, tokens, Split.HELD_OUT, 99, BATCH, 1, 2, 1)) {
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
    for (List<Step> episode : steps.get(-1)) {
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
            SequenceLoader.open(dataset, tokens, Split.HELD_OUT, 5, BATCH, 0, 1, 1);
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

  @Test
  void oneEpochOfALaneServesEachFrameOnceAndNoPadding() {
    List<String> expected = new ArrayList<>();
    steps.get(2).forEach(e -> e.forEach(step -> expected.add(step.game() + ":" + step.pixel())));
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

  @Test
  void aWorldSizeThatDoesNotDivideIsRefused() {
    assertThatThrownBy(() -> SequenceLoader.open(dataset, tokens, Split.TRAIN, 5, 9, 0, 3, 1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("3 ranks")
        .hasMessageContaining("4 lanes");
    assertThatThrownBy(() -> FrameLoader.open(dataset, Split.TRAIN, 5, 9, 0, 2, 1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("batch size 9");
    assertThatThrownBy(() -> FrameLoader.open(dataset, Split.HELD_OUT, 5, 9, 0, 2, 1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("batch size 9");
  }

  @Test
  void anAlteredShardSurfacesInTheCallerAndClosingDoesNotHang() throws IOException {
    Path copy = folder.resolve("altered");
    SmallLogs.ingest(folder.resolve("logs"), copy);
    Dataset altered = Dataset.open(copy.toString());
    TokenSet alteredTokens = SmallLogs.tokenize(altered);
    for (Shard shard : altered.manifest().shards()) {
      flip(copy.resolve(shard.path()));
      flip(copy.resolve("tokens/" + SmallLogs.TOKENIZER).resolve(shard.path().substring(7)));
    }
    Dataset reopened = Dataset.open(copy.toString());
    TokenSet reopenedTokens = TokenSet.open(reopened, SmallLogs.TOKENIZER);
    assertThat(alteredTokens.manifest()).isEqualTo(reopenedTokens.manifest());
    try (SequenceLoader loader =
        SequenceLoader.open(reopened, reopenedTokens, Split.TRAIN, 5, BATCH, 0, 1, 1)) {
      for (int tries = 0; tries < 2; tries++) {
        assertThat(catchThrowable(() -> loader.batch(0)))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("lane-000");
      }
    }
    try (FrameLoader loader = FrameLoader.open(reopened, Split.TRAIN, 5, BATCH, 0, 1, 1)) {
      assertThat(catchThrowable(() -> loader.batch(0)))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("lane-000");
    }
  }

  @Test
  void aDataSetWithoutHeldOutEpisodesSaysSo() {
    Path out = folder.resolve("all-training");
    org.jowa.data.ingest.IngestOptions options =
        org.jowa.data.ingest.IngestOptions.everything(folder.resolve("logs").toString(), 0, 0);
    org.jowa.data.ingest.Ingest.of(
            out.toString(), options, new org.apache.hadoop.conf.Configuration())
        .run(1);
    assertThatThrownBy(
            () -> FrameLoader.open(Dataset.open(out.toString()), Split.HELD_OUT, 5, 8, 0, 1, 1))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("held-out");
  }

  private static Map<Long, String> sequences(int worldSize, long step) {
    Map<Long, String> found = new TreeMap<>();
    for (int rank = 0; rank < worldSize; rank++) {
      try (SequenceLoader loader =
          SequenceLoader.open(dataset, tokens, Split.TRAIN, 5, BATCH, rank, worldSize, 1)) {
        SequenceBatch batch = loader.batch(step);
        for (int i = 0; i < batch.size; i++) {
          found.put(batch.sampleIndex[i], describe(batch, i));
        }
      }
    }
    return found;
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

  private static String describe(List<Step> episode, int start) {
    StringBuilder text = new StringBuilder("game " + episode.get(0).game());
    for (int t = start; t < start + 8; t++) {
      if (t < 0 || t >= episode.size()) {
        text.append(" | 0 0 0 0.0 0 0");
      } else {
        Step step = episode.get(t);
        text.append(
            String.format(
                Locale.ROOT,
                " | %d %d %d %s %d 1",
                SmallLogs.token(step.pixel(), 0),
                SmallLogs.token(step.pixel(), 35),
                step.action(),
                step.reward(),
                step.terminal() ? 1 : 0));
      }
    }
    return text.toString();
  }

  private static String describe(SequenceBatch batch, int i) {
    StringBuilder text = new StringBuilder("game " + batch.games[i]);
    for (int t = 0; t < 8; t++) {
      int at = i * 8 + t;
      int[] frame = Arrays.copyOfRange(batch.tokens, at * 36, at * 36 + 36);
      text.append(
          String.format(
              Locale.ROOT,
              " | %d %d %d %s %d %d",
              frame[0],
              frame[35],
              batch.actions[at],
              batch.rewards[at],
              batch.ends[at],
              batch.mask[at]));
    }
    return text.toString();
  }

  private static void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }
}
