package org.jowa.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.ProjectFiles;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.GameCheck;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.replay.LeftOut;
import org.jowa.data.replay.ReplayScan;
import org.jowa.data.storage.Sha256;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real Atari play in the public layout, taken whole. */
class SampleLogsIngestTest {
  private static final Path LOGS = ProjectFiles.sampleLogs();

  @TempDir static Path folder;
  private static Dataset dataset;
  private static JsonNode summary;

  @BeforeAll
  static void ingest() throws IOException {
    IngestOptions options = IngestOptions.everything(LOGS.toString(), 0.05, 0);
    String out = folder.resolve("dataset").toString();
    Ingest.of(out, options, new Configuration()).run(2);
    dataset = Dataset.open(out);
    summary = new ObjectMapper().readTree(LOGS.resolve("summary.json").toFile());
  }

  @Test
  void thereAre85EndedEpisodesOf54493Steps() {
    Manifest manifest = dataset.manifest();
    assertThat(manifest.episodes()).isEqualTo(85);
    assertThat(manifest.steps()).isEqualTo(54_493);
    assertThat(manifest.rows()).isEqualTo(54_493);
    assertThat(dataset.games()).containsExactly("Breakout", "Pong", "SpaceInvaders");
  }

  @Test
  void everyRowIsAStepOrCountedAsLeftOut() {
    LeftOut leftOut =
        dataset.manifest().provenance().runs().stream()
            .map(Manifest.Run::leftOut)
            .reduce(LeftOut.NOTHING, LeftOut::plus);
    assertThat(leftOut).isEqualTo(new LeftOut(0, 0, 0, 60_000 - 54_493, 0));
  }

  @Test
  void lanesDifferByAtMostFivePercentAndNoneIsEmpty() {
    int[] segments = dataset.segmentsPerLane();
    int fullest = java.util.Arrays.stream(segments).max().orElseThrow();
    int emptiest = java.util.Arrays.stream(segments).min().orElseThrow();
    assertThat(emptiest).isPositive();
    assertThat(fullest - emptiest).isLessThanOrEqualTo((int) (0.05 * fullest));
    assertThat(List.of(1, 2, 4, 8, 16, 32, 64)).contains(segments.length);
    assertThat(segments.length).isGreaterThan(1);
  }

  @Test
  void eachGameHasHeldOutEpisodesThatNoLaneHolds() {
    for (Manifest.GameStatistics game : dataset.manifest().games()) {
      assertThat(game.heldOutEpisodes()).isPositive();
    }
    int inLanes = dataset.manifest().lanes().stream().mapToInt(Manifest.Lane::episodes).sum();
    int heldOut = dataset.manifest().heldOut().episodes();
    assertThat(heldOut).isBetween(3, 6);
    assertThat(inLanes + heldOut).isEqualTo(85);
  }

  @Test
  void theManifestTellsWhichFilesWereRead() throws IOException {
    int files = 0;
    for (Manifest.Run run : dataset.manifest().provenance().runs()) {
      for (Manifest.Source source : run.sources()) {
        for (Map.Entry<String, String> kind : source.sha256().entrySet()) {
          Path file =
              LOGS.resolve(
                  String.format(
                      Locale.ROOT,
                      "%s/%d/replay_logs/$store$_%s_ckpt.%d.gz",
                      run.game(),
                      run.run(),
                      kind.getKey(),
                      source.checkpoint()));
          assertThat(kind.getValue()).isEqualTo(Sha256.of(Files.readAllBytes(file)));
          files++;
        }
      }
    }
    // A file in which no episode lies that ends is not read for its frames.
    assertThat(files).isBetween(4 * 20, 4 * 24);
    assertThat(dataset.manifest().provenance().skipped()).isEmpty();
  }

  @Test
  void withTheRowsOfTheReferenceTheStepsUpToLastTerminalsCome(@TempDir Path other) {
    // The reference starts at checkpoint 1, so the summary's file 0 is not among them.
    IngestOptions options =
        IngestOptions.everything(LOGS.toString(), 0, 0)
            .withGames(List.of("Pong"))
            .withRows(org.jowa.data.replay.ReplayRows.REFERENCE);
    Manifest manifest = Ingest.of(other.toString(), options, new Configuration()).run(2);
    long steps = 0;
    for (JsonNode file : summary.get("files")) {
      if (file.get("game").asText().equals("Pong") && file.get("ckpt").asInt() > 0) {
        steps += file.get("steps_up_to_last_terminal").asLong();
      }
    }
    assertThat(manifest.steps()).isEqualTo(steps);
  }

  @Test
  void theFramesAreThoseOfTheLogsToTheBit() throws IOException {
    for (Manifest.GameStatistics game : dataset.manifest().games()) {
      MessageDigest expected = Sha256.digest();
      for (Manifest.Run run : dataset.manifest().provenance().runs()) {
        if (run.game().equals(game.game())) {
          long steps = run.checkpoints().stream().mapToLong(ReplayScan.Checkpoint::usedRows).sum();
          hashFrames(expected, run, steps);
        }
      }
      assertThat(dataset.verify(game.game()).observationSha256()).isEqualTo(Sha256.hex(expected));
    }
  }

  @Test
  void verifyingFindsNothingWrong() {
    List<GameCheck> checks = dataset.verify();
    assertThat(checks).extracting(GameCheck::game).isEqualTo(dataset.games());
    assertThat(checks.stream().mapToLong(GameCheck::rows).sum()).isEqualTo(54_493);
  }

  @Test
  void aDataSetIsNotOverwritten() {
    IngestOptions options = IngestOptions.everything(LOGS.toString(), 0.05, 0);
    Ingest again = Ingest.of(folder.resolve("dataset").toString(), options, new Configuration());
    assertThat(org.assertj.core.api.Assertions.catchThrowable(again::units))
        .isInstanceOf(org.jowa.error.InvalidInputException.class)
        .hasMessageContaining("already");
  }

  private static void hashFrames(MessageDigest digest, Manifest.Run run, long steps)
      throws IOException {
    byte[] frame = new byte[7056];
    long left = steps;
    for (ReplayScan.Checkpoint checkpoint : run.checkpoints()) {
      try (DataInputStream in = open(run.game(), run.run(), checkpoint.number())) {
        for (long row = 0; row < checkpoint.rows() && left > 0; row++, left--) {
          in.readFully(frame);
          digest.update(frame);
        }
      }
    }
    assertThat(left).isZero();
  }

  private static DataInputStream open(String game, int run, int checkpoint) throws IOException {
    Path file =
        LOGS.resolve(game)
            .resolve(Integer.toString(run))
            .resolve("replay_logs/$store$_observation_ckpt." + checkpoint + ".gz");
    DataInputStream in =
        new DataInputStream(new GZIPInputStream(Files.newInputStream(file), 1 << 16));
    in.skipNBytes(128);
    return in;
  }
}
