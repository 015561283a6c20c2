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
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Ingest;
import org.jowa.data.dataset.IngestOptions;
import org.jowa.data.dataset.Manifest.GameStatistics;
import org.jowa.data.replay.NpzEpisodes;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.launch.SparkJobs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportEpisodesJobTest {
  private static SparkJobs jobs;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    System.setProperty("spark.master", "local[1]");
    jobs = SparkJobs.start("test", 1);
  }

  @AfterAll
  static void stop() {
    jobs.close();
    System.clearProperty("spark.master");
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

  @Test
  void folderWithoutEpisodesIsRefused() {
    assertThatThrownBy(() -> job(List.of()).run(jobs))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("expected files GAME/NAME.npz");
  }

  private ImportEpisodesJob job(List<String> games) {
    return new ImportEpisodesJob(
        folder.resolve("play").toString(),
        logs(),
        games,
        1,
        NpzEpisodes.Actions.MINIMAL,
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
