package org.jowa.jobs.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.data.batch.FrameBatch;
import org.jowa.data.batch.FrameLoader;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceLoader;
import org.jowa.data.batch.SequenceOptions;
import org.jowa.data.batch.Split;
import org.jowa.data.bench.SyntheticDataset;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.replay.ReplayLogWriter;
import org.jowa.data.sample.GameMix;
import org.jowa.data.storage.Storage;
import org.jowa.data.tokens.TokenSet;
import org.jowa.env.game.Games;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * How fast one loader thread reads: tokens from memory-mapped shards, frames into float tensors.
 * What it reads is made up, in a temporary folder, unless a data set is given.
 *
 * @param data data set whose frames, and tokens if it has any, are read
 * @param gib of made-up token shards
 * @param minutes to read tokens for, with a line a minute; 0 to measure the rate only
 */
record LoaderBench(Optional<String> data, double gib, int minutes, int runs) {
  private static final int SEQUENCES = 512;
  private static final int FRAMES = 128;
  private static final int BATCHES = 100;
  private static final int TOKENS_PER_STEP = 37;
  private static final int MADE_UP_STEPS = 20_000;
  private static final int ROWS_PER_SHARD = 65_536;

  void run(PrintStream out) {
    try {
      Path folder = Files.createTempDirectory("jowa-bench-loader");
      try {
        run(folder, out);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void run(Path folder, PrintStream out) {
    Optional<Dataset> given = data.map(Dataset::open);
    boolean givenTokens = given.isPresent() && !TokenSet.tokenizers(given.get()).isEmpty();
    Dataset tokenData =
        givenTokens ? given.get() : madeUpTokens(folder.resolve("tokens").toString());
    TokenSet tokens = TokenSet.open(tokenData, TokenSet.tokenizers(tokenData).get(0));
    if (minutes > 0) {
      soak(tokenData, tokens, out);
      return;
    }
    GameMix even = new GameMix(java.util.Map.of(), 1e9);
    long bytes = tokens.manifest().shards().stream().mapToLong(shard -> shard.bytes()).sum();
    out.println(
        tokens(tokenData, tokens, "all mapped", SequenceOptions.STANDARD.withMappedBytes(bytes)));
    out.println(
        tokens(
            tokenData,
            tokens,
            "an eighth mapped at a time",
            SequenceOptions.STANDARD.withMappedBytes(bytes / 8)));
    out.println(
        tokens(
            tokenData,
            tokens,
            "all mapped, games in equal shares",
            SequenceOptions.STANDARD.withMappedBytes(bytes).withMix(even)));
    Dataset frames = given.orElseGet(() -> madeUpFrames(folder));
    out.println(frames(frames));
  }

  private String tokens(Dataset dataset, TokenSet tokens, String how, SequenceOptions options) {
    try (SequenceLoader loader =
        SequenceLoader.open(dataset, tokens, Split.TRAIN, options, 0, SEQUENCES, 0, 1, 4)) {
      CpuTime cpu = new CpuTime();
      Timing timing = timing(cpu, loader::batch);
      double sequences = SEQUENCES * BATCHES / (timing.medianMillis() * 1e-3);
      return BenchLine.of(
              "loader",
              String.format(
                  Locale.ROOT,
                  "tokens, %s: %d batches of %d sequences of 8 steps, %s in %d shards",
                  how,
                  BATCHES,
                  SEQUENCES,
                  size(tokens),
                  tokens.manifest().shards().size()),
              1,
              timing)
          .rate("sequences_per_s", sequences)
          .rate("tokens_per_s", sequences * 8 * TOKENS_PER_STEP)
          .rate("tokens_per_cpu_s", cpu.perSecond(SEQUENCES * BATCHES * 8 * TOKENS_PER_STEP))
          .json();
    }
  }

  private Timing timing(CpuTime cpu, LongConsumer batch) {
    long[] next = {0};
    return Timing.of(
        runs,
        cpu.of(
            () -> {
              for (int i = 0; i < BATCHES; i++) {
                batch.accept(next[0]++);
              }
            }));
  }

  private static String size(TokenSet tokens) {
    long bytes = tokens.manifest().shards().stream().mapToLong(shard -> shard.bytes()).sum();
    return String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
  }

  private String frames(Dataset dataset) {
    try (FrameLoader loader = FrameLoader.open(dataset, Split.TRAIN, 0, FRAMES, 0, 1, 4)) {
      CpuTime cpu = new CpuTime();
      Timing timing = timing(cpu, step -> toFloats(loader.batch(step)));
      return BenchLine.of(
              "loader",
              String.format(
                  Locale.ROOT,
                  "frames into float tensors: %d batches of %d, %d shards",
                  BATCHES,
                  FRAMES,
                  dataset.manifest().shards().size()),
              1,
              timing)
          .rate("frames_per_s", FRAMES * BATCHES / (timing.medianMillis() * 1e-3))
          .rate("frames_per_cpu_s", cpu.perSecond(FRAMES * BATCHES))
          .json();
    }
  }

  private static void toFloats(FrameBatch batch) {
    try (StepScope scope = StepScope.inference()) {
      Tensor bytes =
          Tensors.shared(
              ScalarType.Byte,
              batch.frames,
              batch.size,
              FrameBatch.FRAME_EDGE,
              FrameBatch.FRAME_EDGE);
      bytes.to(ScalarType.Float);
    }
  }

  /** Reads for some minutes and says each minute what memory the process holds. */
  private void soak(Dataset dataset, TokenSet tokens, PrintStream out) {
    try (SequenceLoader loader =
        SequenceLoader.open(
            dataset, tokens, Split.TRAIN, SequenceOptions.STANDARD, 0, SEQUENCES, 0, 1, 4)) {
      long start = System.nanoTime();
      long step = 0;
      long checksum = 0;
      for (int minute = 1; minute <= minutes; minute++) {
        long end = start + minute * 60_000_000_000L;
        long first = step;
        long began = System.nanoTime();
        while (System.nanoTime() < end) {
          SequenceBatch batch = loader.batch(step++);
          checksum += batch.tokens[(int) (step % batch.tokens.length)];
        }
        double millis = (System.nanoTime() - began) * 1e-6;
        double sequences = (step - first) * SEQUENCES / (millis * 1e-3);
        out.println(
            BenchLine.of(
                    "loader",
                    String.format(
                        Locale.ROOT,
                        "tokens for %d of %d minutes, %s in %d shards, checksum %d",
                        minute,
                        minutes,
                        size(tokens),
                        tokens.manifest().shards().size(),
                        checksum),
                    1,
                    new Timing(millis, millis, 1))
                .rate("tokens_per_s", sequences * 8 * TOKENS_PER_STEP)
                .rate("rss_anon_mib", residentMib("RssAnon:"))
                .rate("rss_file_mib", residentMib("RssFile:"))
                .json());
      }
    }
  }

  private static double residentMib(String kind) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(kind))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }

  private Dataset madeUpTokens(String folder) {
    // 82 bytes a step; four games in eight lanes, so that shards come in 32s.
    int shards = Math.max(1, (int) Math.round(gib * (1L << 30) / 82 / ROWS_PER_SHARD / 32));
    return new SyntheticDataset(4, 1, 8, shards, ROWS_PER_SHARD, 1_000).write(folder, true);
  }

  /** Frames with a few moving shapes, by way of logs and an ingest. */
  private static Dataset madeUpFrames(Path folder) {
    Random random = new Random(0);
    Storage logs = Storage.at(folder.resolve("logs").toString());
    for (String game : List.of("Breakout", "Pong")) {
      try (ReplayLogWriter writer =
          ReplayLogWriter.create(
              logs, Games.byName(game), 1, "made up", 0, 0, "none", MADE_UP_STEPS)) {
        byte[] frame = new byte[FrameBatch.FRAME_BYTES];
        for (int step = 0; step < MADE_UP_STEPS; step++) {
          java.util.Arrays.fill(frame, (byte) 87);
          for (int shape = 0; shape < 12; shape++) {
            int x = (step * (shape + 1) / 2 + 13 * shape) % 76;
            int y = (step * (shape + 3) / 3 + 29 * shape) % 76;
            for (int i = 0; i < 48; i++) {
              frame[(y + i / 6) * FrameBatch.FRAME_EDGE + x + i % 6] =
                  (byte) (120 + 10 * shape + i % 3);
            }
          }
          writer.append(
              frame, random.nextInt(4) % 3, random.nextInt(50) == 0 ? 1 : 0, 0, step % 500 == 499);
        }
        writer.finish();
      }
    }
    String out = folder.resolve("data").toString();
    Ingest.of(
            out,
            IngestOptions.everything(folder.resolve("logs").toString(), 0, 0),
            new Configuration())
        .run(2);
    return Dataset.open(out);
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(all::add);
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
