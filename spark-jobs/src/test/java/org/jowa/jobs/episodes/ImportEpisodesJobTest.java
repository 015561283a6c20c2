package org.jowa.jobs.episodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Manifest.GameStatistics;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.replay.EpisodeImport;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.LocalSpark;
import org.jowa.jobs.parquet.PlainOutputFile;
import org.jowa.jobs.spark.SparkJobs;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class ImportEpisodesJobTest {
  @RegisterExtension static final LocalSpark SPARK = LocalSpark.tasks(1);

  private static SparkJobs jobs;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    jobs = SPARK.jobs();
  }

  @Test
  void episodesOfEachGameBecomeADataSet() throws IOException {
    for (String game : List.of("Pong", "Breakout")) {
      for (int episode = 0; episode < 3; episode++) {
        npz(game, episode, 10 + episode);
      }
    }
    assertThat(job(List.of()).run(jobs))
        .containsExactly(
            "Breakout: 33 steps in %s/Breakout/1/replay_logs".formatted(logs()),
            "Pong: 33 steps in %s/Pong/1/replay_logs".formatted(logs()));
    String data = folder.resolve("data").toString();
    Ingest.of(data, IngestOptions.everything(logs(), 0, 0), new Configuration()).run(1);
    List<GameStatistics> games = Dataset.open(data).manifest().games();
    assertThat(games).extracting(GameStatistics::steps).containsExactly(33L, 33L);
    assertThat(games).extracting(GameStatistics::episodes).containsExactly(3L, 3L);
    assertThat(games.get(0).rawReturns().max()).isEqualTo(22);
  }

  /** The same play as rows of Parquet, one episode more that is cut. */
  @Test
  void parquetIsReadAsTheSamePlay() throws IOException {
    npz("Pong", 0, 10);
    job(List.of()).run(jobs);
    Path log = folder.resolve("logs/Pong/1/replay_logs");
    byte[] frames = Files.readAllBytes(log.resolve("$store$_observation_ckpt.0.gz"));
    byte[] rewards = Files.readAllBytes(log.resolve("$store$_reward_ckpt.0.gz"));
    Files.delete(folder.resolve("play/Pong/0.npz"));
    Files.move(folder.resolve("logs"), folder.resolve("before"));

    parquet("play.parquet", 10, 4, 84 * 84);
    assertThat(job(List.of()).run(jobs))
        .containsExactly(
            "Pong: 10 steps in %s/Pong/1/replay_logs, 1 cut episodes left out".formatted(logs()));
    assertThat(log.resolve("$store$_observation_ckpt.0.gz")).hasBinaryContent(frames);
    assertThat(log.resolve("$store$_reward_ckpt.0.gz")).hasBinaryContent(rewards);
  }

  @Test
  void parquetThatIsNotAsDescribedIsRefused() throws IOException {
    parquet("play.parquet", 10, 0, 100);
    assertThatThrownBy(() -> job(List.of()).run(jobs))
        .hasStackTraceContaining("row 0 has an observation of 100 bytes, expected 7056");
    Files.writeString(folder.resolve("play/Pong/play.parquet"), "no Parquet, whatever its name");
    assertThatThrownBy(() -> job(List.of()).run(jobs))
        .hasStackTraceContaining("play.parquet: it is no Parquet file that can be read");
    assertThat(folder.resolve("logs/Pong/1/replay_logs")).doesNotExist();
  }

  /** A whole episode as {@link #npz} has it, and one of {@code cut} rows that is cut. */
  private void parquet(String name, int rows, int cut, int frameBytes) throws IOException {
    MessageType schema =
        MessageTypeParser.parseMessageType(
            """
            message steps {
              required binary observation;
              optional int64 action;
              required double reward;
              required boolean terminal;
              required int32 truncated;
              required binary remark (STRING);
            }
            """);
    Path file = Files.createDirectories(folder.resolve("play/Pong")).resolve(name);
    SimpleGroupFactory groups = new SimpleGroupFactory(schema);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(
                PlainOutputFile.at(
                    new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))
            .withType(schema)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .build()) {
      for (int row = 0; row < rows + cut; row++) {
        writer.write(
            groups
                .newGroup()
                .append("observation", Binary.fromConstantByteArray(new byte[frameBytes]))
                .append("action", 0L)
                .append("reward", row == 0 ? 0.0 : 2.0)
                .append("terminal", row == rows - 1)
                .append("truncated", row == rows + cut - 1 ? 1 : 0)
                .append("remark", "none"));
      }
    }
  }

  @Test
  void folderWithoutEpisodesIsRefused() {
    assertThatThrownBy(() -> job(List.of()).run(jobs))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Pong/NAME.npz, or ")
        .hasMessageContaining("Pong/NAME.parquet");
  }

  private ImportEpisodesJob job(List<String> games) {
    return new ImportEpisodesJob(
        folder.resolve("play").toString(),
        logs(),
        games,
        1,
        EpisodeImport.Actions.MINIMAL,
        "me",
        0.25);
  }

  private String logs() {
    return folder.resolve("logs").toString();
  }

  /** Every row but the first earns 2. */
  private void npz(String game, int episode, int rows) throws IOException {
    Path files = Files.createDirectories(folder.resolve("play").resolve(game));
    ByteBuffer rewards = ByteBuffer.allocate(4 * rows).order(ByteOrder.LITTLE_ENDIAN);
    byte[] terminals = new byte[rows];
    for (int row = 0; row < rows; row++) {
      rewards.putFloat(row == 0 ? 0 : 2);
    }
    terminals[rows - 1] = 1;
    try (OutputStream out = Files.newOutputStream(files.resolve(episode + ".npz"));
        ZipOutputStream zip = new ZipOutputStream(out)) {
      array(
          zip,
          "observations",
          "|u1",
          String.format(Locale.ROOT, "(%d, 84, 84)", rows),
          new byte[rows * 84 * 84]);
      array(zip, "actions", "|u1", String.format(Locale.ROOT, "(%d,)", rows), new byte[rows]);
      array(zip, "rewards", "<f4", String.format(Locale.ROOT, "(%d,)", rows), rewards.array());
      array(zip, "terminals", "|b1", String.format(Locale.ROOT, "(%d,)", rows), terminals);
    }
  }

  private static void array(
      ZipOutputStream zip, String name, String type, String shape, byte[] data) throws IOException {
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n".formatted(type, shape);
    zip.putNextEntry(new ZipEntry(name + ".npy"));
    zip.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0});
    zip.write(new byte[] {(byte) header.length(), 0});
    zip.write(header.getBytes(StandardCharsets.US_ASCII));
    zip.write(data);
    zip.closeEntry();
  }
}
