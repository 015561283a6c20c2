package org.jowa.data.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jowa.data.SmallLogs;
import org.jowa.data.cache.MappedFiles;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Shard;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenSetTest {
  @TempDir Path logs;
  @TempDir Path out;
  private Dataset dataset;

  @BeforeEach
  void ingest() {
    SmallLogs.write(logs);
    dataset = SmallLogs.ingest(logs, out);
  }

  @Test
  void everyRowHasItsFramesTokensAndTheSameStep() {
    TokenSet tokens = SmallLogs.tokenize(dataset);
    assertThat(tokens.manifest().shards()).hasSameSizeAs(dataset.manifest().shards());
    int[] row36 = new int[36];
    ByteBuffer frame = ByteBuffer.allocate(7056);
    long rows = 0;
    for (int s = 0; s < dataset.manifest().shards().size(); s++) {
      try (MappedFiles files = MappedFiles.within(1);
          TokenShardReader found = tokens.open(s, files);
          FrameShardReader frames = dataset.openFrames(dataset.manifest().shards().get(s))) {
        assertThat(found.rows()).isEqualTo(frames.rows());
        for (int row = 0; row < found.rows(); row++) {
          found.tokens(row, row36, 0);
          frames.frame(row, frame, 0);
          for (int t = 0; t < 36; t++) {
            assertThat(row36[t]).isEqualTo(SmallLogs.token(frame.get(0) & 0xff, t));
          }
          assertThat(found.action(row)).isEqualTo(frames.action(row));
          assertThat(found.reward(row)).isEqualTo(frames.reward(row));
          assertThat(found.terminal(row)).isEqualTo(frames.terminal(row));
          rows++;
        }
      }
      tokens.verify(s, dataset.episodes());
    }
    assertThat(rows).isEqualTo(dataset.manifest().rows());
  }

  @Test
  void tokensOfAnotherTokenizerAreRefused() {
    SmallLogs.tokenize(dataset);
    assertThatThrownBy(() -> TokenSet.open(dataset, "ffff"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("tokenizer ffff")
        .hasMessageContaining(SmallLogs.TOKENIZER);
  }

  @Test
  void tokensOfAnotherDataSetAreRefused(@TempDir Path other) throws IOException {
    SmallLogs.tokenize(dataset);
    IngestOptions options = SmallLogs.options(logs).withLanes(2);
    Ingest.of(other.toString(), options, new org.apache.hadoop.conf.Configuration()).run(1);
    Path copied = other.resolve("tokens/" + SmallLogs.TOKENIZER + "/manifest.json");
    Files.createDirectories(copied.getParent());
    Files.copy(out.resolve("tokens/" + SmallLogs.TOKENIZER + "/manifest.json"), copied);
    assertThatThrownBy(() -> TokenSet.open(Dataset.open(other.toString()), SmallLogs.TOKENIZER))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("another data set");
  }

  @Test
  void anAlteredTokenShardIsNamed() throws IOException {
    TokenSet tokens = SmallLogs.tokenize(dataset);
    Shard shard = tokens.manifest().shards().get(2);
    Path file = out.resolve("tokens").resolve(SmallLogs.TOKENIZER).resolve(shard.path());
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 3] ^= 4;
    Files.write(file, bytes);
    assertThat(catchThrowable(() -> tokens.open(2, MappedFiles.within(1))))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(shard.path())
        .hasMessageContaining("SHA-256");
  }

  @Test
  void anInterruptedTokenizationGoesOnAndEndsInTheSameBytes(@TempDir Path other)
      throws IOException {
    TokenSet whole = SmallLogs.tokenize(dataset);
    SmallLogs.ingest(logs, other);
    Dataset second = Dataset.open(other.toString());
    Tokenization first = Tokenization.of(second, SmallLogs.TOKENIZER, SmallLogs.CODEBOOK, 16);
    List<Shard> pending = first.pending();
    SmallLogs.tokenize(first, pending.get(1));
    TokenShardTask killed = first.task(pending.get(0));
    killed.next();
    assertThat(TokenSet.exists(second, SmallLogs.TOKENIZER)).isFalse();
    Tokenization again = Tokenization.of(second, SmallLogs.TOKENIZER, SmallLogs.CODEBOOK, 16);
    assertThat(again.pending()).hasSize(pending.size() - 1).doesNotContain(pending.get(1));
    killed.close();

    TokenSet resumed = SmallLogs.tokenize(second);

    assertThat(resumed.manifest()).isEqualTo(whole.manifest());
    for (Shard shard : whole.manifest().shards()) {
      String path = "tokens/" + SmallLogs.TOKENIZER + "/" + shard.path();
      assertThat(other.resolve(path)).hasSameBinaryContentAs(out.resolve(path));
    }
  }

  @Test
  void tokensOutsideTheCodebookAndHugeCodebooksAreRefused() {
    assertThatThrownBy(() -> Tokenization.of(dataset, "a", 70_000, 16))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("70000");
    Tokenization tokenization = Tokenization.of(dataset, "a", 8, 16);
    try (TokenShardTask task = tokenization.task(tokenization.pending().get(0))) {
      task.next();
      long[] tokens = new long[16 * 36];
      tokens[5] = 8;
      assertThatThrownBy(() -> task.write(tokens)).hasMessageContaining("Token 8");
    }
  }
}
