package org.jowa.data.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.jowa.data.batch.LoadedSteps.BATCH;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jowa.data.SmallLogs;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Shard;
import org.jowa.data.tokens.TokenSet;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What loaders refuse, and how they end then. */
class LoaderMistakesTest {
  @TempDir static Path folder;
  private static Dataset dataset;
  private static TokenSet tokens;

  @BeforeAll
  static void makeData() {
    LoadedSteps made = LoadedSteps.in(folder);
    dataset = made.dataset();
    tokens = made.tokens();
  }

  @Test
  void aWorldSizeThatDoesNotDivideIsRefused() {
    assertThatThrownBy(
            () ->
                SequenceLoader.open(
                    dataset, tokens, Split.TRAIN, SequenceOptions.STANDARD, 5, 9, 0, 3, 1))
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
        SequenceLoader.open(
            reopened, reopenedTokens, Split.TRAIN, SequenceOptions.STANDARD, 5, BATCH, 0, 1, 1)) {
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

  private static void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }
}
