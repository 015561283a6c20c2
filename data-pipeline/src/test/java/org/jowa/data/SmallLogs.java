package org.jowa.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Shard;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.replay.NpyFiles;
import org.jowa.data.replay.NpyFiles.Row;
import org.jowa.data.tokens.TokenSet;
import org.jowa.data.tokens.TokenShardTask;
import org.jowa.data.tokens.Tokenization;

/** Made-up logs of two games whose frames are of one value each, and what becomes of them. */
public final class SmallLogs {
  public static final int CODEBOOK = 512;
  public static final String TOKENIZER = "0123abcd";

  private SmallLogs() {}

  /** Pong runs 1 and 2 and Breakout run 1, 40 episodes each, in files of 100 rows. */
  public static void write(Path root) {
    write(root, "Pong", 1, 6);
    write(root, "Pong", 2, 6);
    write(root, "Breakout", 1, 4);
  }

  private static void write(Path root, String game, int run, int actions) {
    Random random = new Random(run + game.length());
    List<Row> rows = new ArrayList<>();
    for (int episode = 0; episode < 40; episode++) {
      int length = 1 + random.nextInt(30);
      for (int step = 0; step < length; step++) {
        float reward = random.nextInt(3) - 1;
        rows.add(
            new Row(
                random.nextInt(256), random.nextInt(actions), reward, step == length - 1 ? 1 : 0));
      }
    }
    for (int n = 0; n * 100 < rows.size(); n++) {
      List<Row> file = rows.subList(n * 100, Math.min(rows.size(), n * 100 + 100));
      NpyFiles.checkpoint(root, game, run, n, file, (long) Math.min(rows.size(), n * 100 + 100));
    }
  }

  public static IngestOptions options(Path logs) {
    return options(logs.toString());
  }

  public static IngestOptions options(String logs) {
    return IngestOptions.everything(logs, 0.1, 3).withLanes(4).withRowsPerShard(60);
  }

  /** A data set of four lanes with several shards a lane. */
  public static Dataset ingest(Path logs, Path out) {
    Ingest.of(out.toString(), options(logs), new Configuration()).run(2);
    return Dataset.open(out.toString());
  }

  /** Tokens that follow from the frame's value. */
  public static TokenSet tokenize(Dataset dataset) {
    Tokenization tokenization = Tokenization.of(dataset, TOKENIZER, CODEBOOK, 16);
    for (Shard shard : tokenization.pending()) {
      tokenize(tokenization, shard);
    }
    return tokenization.commit();
  }

  public static Shard tokenize(Tokenization tokenization, Shard shard) {
    try (TokenShardTask task = tokenization.task(shard)) {
      while (task.next()) {
        long[] tokens = new long[16 * 36];
        for (int i = 0; i < tokens.length; i++) {
          tokens[i] = token(task.frames().get(i / 36 * 7056) & 0xff, i % 36);
        }
        task.write(tokens);
      }
      return task.commit();
    }
  }

  public static int token(int pixel, int place) {
    return (pixel * 2 + place * 5) % CODEBOOK;
  }
}
