package org.jowa.data.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.jowa.data.SmallLogs;
import org.jowa.data.cache.MappedFiles;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Shard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackgroundTokensTest {
  @Test
  void isTheTokenThatMostTrainingFramesHaveThere(@TempDir Path logs, @TempDir Path out) {
    SmallLogs.write(logs);
    Dataset dataset = SmallLogs.ingest(logs, out);
    TokenSet tokens = SmallLogs.tokenize(dataset);
    int[] found = BackgroundTokens.of(dataset, tokens, "Pong", Integer.MAX_VALUE);
    assertThat(found).hasSize(36);
    int[][] counts = new int[36][1 << 16];
    int[] frame = new int[36];
    try (MappedFiles files = MappedFiles.within(1)) {
      for (int s = 0; s < dataset.manifest().shards().size(); s++) {
        Shard shard = dataset.manifest().shards().get(s);
        if (!shard.game().equals("Pong") || shard.isHeldOut()) {
          continue;
        }
        try (TokenShardReader reader = tokens.open(s, files)) {
          for (int row = 0; row < reader.rows(); row++) {
            reader.tokens(row, frame, 0);
            for (int place = 0; place < 36; place++) {
              counts[place][frame[place]]++;
            }
          }
        }
      }
    }
    for (int place = 0; place < 36; place++) {
      int most = 0;
      for (int token = 0; token < counts[place].length; token++) {
        most = counts[place][token] > counts[place][most] ? token : most;
      }
      assertThat(found[place]).as("place %d", place).isEqualTo(most);
    }
    assertThat(BackgroundTokens.of(dataset, tokens, "Pong")).hasSize(36);
    assertThat(BackgroundTokens.of(dataset, tokens, "Seaquest")).isEmpty();
  }
}
