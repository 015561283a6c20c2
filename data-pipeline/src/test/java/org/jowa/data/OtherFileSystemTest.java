package org.jowa.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.batch.FrameLoader;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceLoader;
import org.jowa.data.batch.SequenceOptions;
import org.jowa.data.batch.Split;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.tokens.TokenSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything goes through Hadoop's FileSystem when the data don't lie on a local disk. */
class OtherFileSystemTest {
  @TempDir Path folder;

  @Test
  void theWholePathWorksOnAFileSystemThatIsNotLocal() {
    Configuration configuration = OtherFileSystem.configuration();
    SmallLogs.write(folder.resolve("logs"));
    Dataset local = SmallLogs.ingest(folder.resolve("logs"), folder.resolve("local"));
    TokenSet localTokens = SmallLogs.tokenize(local);
    IngestOptions elsewhere = SmallLogs.options("other://host" + folder.resolve("logs"));
    String out = "other://host" + folder.resolve("remote");
    Ingest.of(out, elsewhere, configuration).run(1);
    Dataset remote = Dataset.open(out, configuration);
    assertThat(remote.storage().localPath("manifest.json")).isEmpty();
    assertThat(remote.contentHash()).isEqualTo(local.contentHash());
    assertThat(remote.verify()).hasSize(2);
    TokenSet remoteTokens = SmallLogs.tokenize(remote);
    assertThat(remoteTokens.manifest()).isEqualTo(localTokens.manifest());
    try (SequenceLoader here =
            SequenceLoader.open(
                local, localTokens, Split.TRAIN, SequenceOptions.STANDARD, 1, 8, 0, 1, 1);
        SequenceLoader there =
            SequenceLoader.open(
                remote, remoteTokens, Split.TRAIN, SequenceOptions.STANDARD, 1, 8, 0, 1, 1)) {
      for (long step = 0; step < 20; step++) {
        SequenceBatch expected = here.batch(step);
        SequenceBatch found = there.batch(step);
        assertThat(found.tokens).isEqualTo(expected.tokens);
        assertThat(found.rewards).isEqualTo(expected.rewards);
        assertThat(found.actions).isEqualTo(expected.actions);
      }
    }
    try (FrameLoader here = FrameLoader.open(local, Split.TRAIN, 1, 8, 0, 1, 1);
        FrameLoader there = FrameLoader.open(remote, Split.TRAIN, 1, 8, 0, 1, 1)) {
      assertThat(there.batch(3).frames).isEqualTo(here.batch(3).frames);
    }
    assertThat(Files.exists(folder.resolve("remote/frames"))).isTrue();
  }
}
