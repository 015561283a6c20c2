package org.jowa.jobs.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.MedianFrame;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.replay.ReplayLogWriter;
import org.jowa.data.storage.Storage;
import org.jowa.data.tokens.TokenSet;
import org.jowa.data.tokens.TokenShardTask;
import org.jowa.data.tokens.Tokenization;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.LocalSpark;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.parquet.ParquetJob;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.jobs.tokenize.TokenizeJob;
import org.jowa.jobs.tokenizer.TrainTokenizerJob;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A small data set through inspect, Spark SQL, and Parquet and back. */
class DatasetJobsTest {
  private static final int STEPS = 600;
  private static final String TOKENIZER = "0123abcd";

  @TempDir static Path folder;

  /** Spark SQL brings classes of its own, which nobody registers. */
  @RegisterExtension
  static final LocalSpark SPARK =
      LocalSpark.tasks(2).with("spark.kryo.registrationRequired", "false");

  private static SparkJobs jobs;
  private static String data;

  @BeforeAll
  static void start() {
    jobs = SPARK.jobs();
    data = folder.resolve("data").toString();
    Storage logs = Storage.at(folder.resolve("logs").toString());
    Random random = new Random(3);
    for (String game : List.of("Pong", "Breakout")) {
      try (ReplayLogWriter writer =
          ReplayLogWriter.create(
              logs, Games.byName(game), 1, "dice", 0, 0.25, "ab".repeat(16), STEPS)) {
        byte[] frame = new byte[84 * 84];
        for (int step = 0; step < STEPS; step++) {
          java.util.Arrays.fill(frame, 84 * (step % 80), 84 * (step % 80 + 4), (byte) step);
          float reward = random.nextInt(3) - 1;
          writer.append(frame, random.nextInt(4), reward, 3 * reward, step % 25 == 24);
        }
        writer.finish();
      }
    }
    IngestOptions options =
        IngestOptions.everything(folder.resolve("logs").toString(), 0.1, 0)
            .withLanes(2)
            .withRowsPerShard(150);
    Ingest.of(data, options, new Configuration()).run(1);
    Tokenization tokenization = Tokenization.of(Dataset.open(data), TOKENIZER, 512, 16);
    for (Shard shard : tokenization.pending()) {
      try (TokenShardTask task = tokenization.task(shard)) {
        while (task.next()) {
          long[] tokens = new long[16 * 36];
          for (int i = 0; i < tokens.length; i++) {
            tokens[i] = (task.frames().get(i / 36 * 7056 + 84 * 3) & 0xff) + i % 36;
          }
          task.write(tokens);
        }
        task.commit();
      }
    }
    tokenization.commit();
  }

  private static org.apache.spark.sql.DataFrameReader reader() {
    return SparkSession.builder().getOrCreate().read().format("jowa");
  }

  @Test
  void verifyReadsEveryShardOfFramesAndTokens() throws IOException {
    assertThat(new InspectJob(data, true).run(jobs).verified()).isTrue();
    Path copy = folder.resolve("damaged");
    copyAll(Path.of(data), copy);
    Path tokens;
    try (Stream<Path> files = Files.walk(copy.resolve("tokens"))) {
      tokens = files.filter(file -> file.toString().endsWith(".arrow")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(tokens);
    bytes[bytes.length / 2] ^= 1;
    Files.write(tokens, bytes);
    assertThatThrownBy(() -> new InspectJob(copy.toString(), true).run(jobs))
        .hasStackTraceContaining(tokens.getFileName().toString())
        .hasStackTraceContaining("SHA-256");
  }

  @Test
  void jsonKeepsItsContractAndPeopleSeeMore() {
    Inspection inspection = new InspectJob(data, false).run(jobs);
    assertThat(inspection.toJson())
        .startsWith("{\"steps\":1200,\"episodes\":48,\"segments\":")
        .contains("\"verified\":false,\"games\":[{\"game\":\"Breakout\",\"steps\":600")
        .doesNotContain("manifest", "play");
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    inspection.print(new java.io.PrintStream(out));
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("steps with each reward")
        .contains("-1.0: ");
  }

  @Test
  void thePageHasAHistogramAndAContactSheetOfEachGameAndLoadsNothing() {
    String page = DatasetPage.of(Dataset.open(data));
    assertThat(page.split("histogram-bar", -1)).hasSizeGreaterThan(20);
    assertThat(page.split("data:image/png;base64,", -1)).hasSize(3);
    assertThat(page)
        .contains("16 frames of Breakout")
        .contains("Returns, unclipped")
        .contains("ab".repeat(16))
        .doesNotContain("http://", "https://", "src=\"/");
  }

  @Test
  void sparkSqlSeesEveryStepWithItsFrame() {
    org.apache.spark.sql.Dataset<Row> steps = reader().load(data);
    assertThat(steps.count()).isEqualTo(1200);
    assertThat(steps.filter("terminal").count()).isEqualTo(48);
    assertThat(steps.filter("game = 'Pong' and lane >= 0").select("episode").distinct().count())
        .isEqualTo(22);
    Dataset dataset = Dataset.open(data);
    Shard shard = dataset.manifest().shards().get(2);
    byte[] expected = new byte[7056];
    try (FrameShardReader frames = dataset.openFrames(shard)) {
      frames.frame(77, ByteBuffer.wrap(expected), 0);
      Row row =
          steps
              .filter("shard = '%s' and row = 77".formatted(shard.path()))
              .select("observation", "action", "reward", "step")
              .collectAsList()
              .get(0);
      assertThat((byte[]) row.get(0)).isEqualTo(expected);
      assertThat(row.getInt(1)).isEqualTo(frames.action(77));
      assertThat(row.getFloat(2)).isEqualTo(frames.reward(77));
      assertThat(row.getInt(3)).isEqualTo(77 % 25);
      int token = expected[84 * 3] & 0xff;
      List<Integer> tokens =
          reader()
              .option("tokens", TOKENIZER)
              .load(data)
              .filter("shard = '%s' and row = 77".formatted(shard.path()))
              .select("tokens")
              .collectAsList()
              .get(0)
              .getList(0);
      assertThatThrownBy(() -> reader().option("tokens", "none").load(data).count())
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("no tokens of tokenizer none");
      assertThat(tokens).hasSize(36).startsWith(token, token + 1).endsWith(token + 35);
    }
  }

  @Test
  void aDictionaryOfPatchesIsATokenizerLikeAnyOther() throws IOException {
    Config config =
        Config.preset("tiny")
            .with(List.of("tokenizer.kind=patches", "tokenizer.codebook-size=300"));
    Path model = Path.of("tokenizer/checkpoints/step-00000001/model.safetensors");
    byte[] first = null;
    for (String name : List.of("run", "again", "run")) {
      Path run = folder.resolve(name);
      new TrainTokenizerJob(data, run.toString(), config, 1).run(jobs);
      byte[] bytes = Files.readAllBytes(run.resolve(model));
      assertThat(bytes).isEqualTo(first == null ? bytes : first);
      first = bytes;
    }
    String run = folder.resolve("run").toString();
    TrainedTokenizer tokenizer =
        TrainedTokenizer.of(RunFolder.at(run, new Configuration()).tokenizer());
    assertThat(tokenizer.codebookSize()).isEqualTo(300);
    new TokenizeJob(data, run).run(jobs);
    assertThat(TokenSet.tokenizers(Dataset.open(data))).contains(tokenizer.hash());
    assertThat(Files.readString(folder.resolve("run/metrics.jsonl")))
        .contains("\"stage\":\"tokenizer\"", "\"Breakout\":{\"reconstruction\":");
  }

  /** The data set doesn't know them before: any data set will do. */
  @Test
  void medianFramesTravelInATokenizersCheckpoint() {
    Config config =
        Config.preset("tiny")
            .with(
                List.of(
                    "tokenizer.background=median",
                    "tokenizer.loss.moving-pixels=3",
                    "tokenizer.channels=4",
                    "tokenizer.latent-channels=8",
                    "tokenizer.embedding-dim=8",
                    "tokenizer.batch-size=4",
                    "tokenizer.steps=1"));
    String run = folder.resolve("network").toString();
    new TrainTokenizerJob(data, run, config, 1).run(jobs);
    Dataset dataset = Dataset.open(data);
    TrainedTokenizer trained =
        TrainedTokenizer.of(RunFolder.at(run, new Configuration()).tokenizer());
    try (StepScope scope = StepScope.inference();
        FrameTokenizer tokenizer = trained.load(new Configuration())) {
      for (String game : dataset.games()) {
        byte[] median = MedianFrame.of(dataset, game);
        FrameTokenizer ofGame = tokenizer.forGame(Games.byName(game).id());
        float[] drawn = Tensors.floats(ofGame.decode(ofGame.tokens(Tensors.of(median, 1, 84, 84))));
        for (int pixel = 0; pixel < drawn.length; pixel++) {
          // One step from the median frame itself.
          assertThat(255 * drawn[pixel]).isCloseTo(median[pixel] & 0xff, within(2f));
        }
      }
    }
    new TokenizeJob(data, run).run(jobs);
    assertThat(TokenSet.tokenizers(dataset)).contains(trained.hash());
  }

  @Test
  void theQueriesOfTheFormatsPageRun() throws IOException {
    String page =
        Files.readString(Path.of(System.getProperty("jowa.project"), "docs/dataset-format.md"));
    List<String> queries =
        Pattern.compile("(?s)```sql\n(.*?)```")
            .matcher(page)
            .results()
            .map(block -> block.group(1))
            .toList();
    assertThat(queries).hasSize(2);
    SparkSession spark = SparkSession.builder().getOrCreate();
    String view = "CREATE TEMPORARY VIEW steps USING jowa OPTIONS (path 'DATASET')";
    assertThat(page).contains(view);
    spark.sql(view.replace("DATASET", data));
    List<Row> games = spark.sql(queries.get(0)).collectAsList();
    Dataset dataset = Dataset.open(data);
    assertThat(games).extracting(row -> row.getString(0)).containsExactly("Breakout", "Pong");
    for (Row game : games) {
      List<StoredEpisode> episodes =
          dataset.episodes().all().stream()
              .filter(e -> e.game() == Games.byName(game.getString(0)).id() && !e.isHeldOut())
              .toList();
      assertThat(game.getLong(1))
          .isEqualTo(episodes.stream().mapToLong(StoredEpisode::length).sum());
      assertThat(game.getLong(2)).isEqualTo(episodes.size());
      assertThat(game.getDouble(3))
          .isEqualTo(episodes.stream().mapToDouble(StoredEpisode::rewardSum).sum());
    }
    assertThat(spark.sql(queries.get(1)).collectAsList())
        .extracting(row -> row.getLong(1))
        .hasSize(4)
        .satisfies(times -> assertThat(times.stream().mapToLong(t -> t).sum()).isEqualTo(24 * 20));
  }

  @Test
  void parquetAndBackGivesTheSameBytes() throws Exception {
    Path parquet = folder.resolve("parquet");
    Path again = folder.resolve("again");
    ParquetJob.export(data, parquet.toString()).run(jobs);
    assertThat(
            SparkSession.builder()
                .getOrCreate()
                .read()
                .option("recursiveFileLookup", "true")
                .parquet(parquet.resolve("frames").toString())
                .filter("reward = 1")
                .count())
        .isEqualTo(reader().load(data).filter("reward = 1").count());
    ParquetJob.restore(parquet.toString(), again.toString()).run(jobs);
    try (Stream<Path> files = Files.walk(again)) {
      List<Path> all = files.filter(Files::isRegularFile).toList();
      assertThat(all).hasSizeGreaterThan(10);
      assertThat(all)
          .allSatisfy(
              file ->
                  assertThat(file)
                      .hasSameBinaryContentAs(Path.of(data).resolve(again.relativize(file))));
    }
    assertThatThrownBy(() -> ParquetJob.restore(parquet.toString(), again.toString()).run(jobs))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("There is a data set");
    Path shard = parquetFiles(parquet).get(0);
    blackenFrames(shard);
    assertThatThrownBy(
            () -> ParquetJob.restore(parquet.toString(), folder.resolve("y").toString()).run(jobs))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("don't hold the frames that were exported");
    assertThat(folder.resolve("y/manifest.json")).doesNotExist();
    Files.delete(shard);
    assertThatThrownBy(
            () -> ParquetJob.restore(parquet.toString(), folder.resolve("x").toString()).run(jobs))
        .hasStackTraceContaining("the Parquet file of shard");
  }

  private static List<Path> parquetFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }

  private static void blackenFrames(Path file) throws IOException {
    Path edited = folder.resolve("edited");
    SparkSession.builder()
        .getOrCreate()
        .read()
        .parquet(file.toString())
        .selectExpr(
            "unhex(repeat('00', 7056)) as observation", "action", "reward", "terminal", "episode")
        .coalesce(1)
        .write()
        .parquet(edited.toString());
    Files.copy(parquetFiles(edited).get(0), file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void copyAll(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.createDirectories(to);
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}
