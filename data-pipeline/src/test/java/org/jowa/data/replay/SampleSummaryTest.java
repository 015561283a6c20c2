package org.jowa.data.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.ProjectFiles;
import org.jowa.data.storage.Sha256;
import org.jowa.env.game.Games;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the sample's makers say of each file, against what the reader finds in it. */
class SampleSummaryTest {
  private static final double MEAN_DIGITS = 5e-4;

  private static JsonNode summary;
  private static final Map<String, ReplayScan> SCANS = new HashMap<>();
  private static final Map<String, CheckpointScan> FILES = new HashMap<>();
  private static final Map<String, String> HASHES = new HashMap<>();

  @BeforeAll
  static void read() throws IOException {
    summary =
        new ObjectMapper().readTree(ProjectFiles.sampleLogs().resolve("summary.json").toFile());
    ReplayLogs logs = ReplayLogs.at(ProjectFiles.sampleLogs().toString(), new Configuration());
    for (String game : List.of("Pong", "Breakout", "SpaceInvaders")) {
      for (int run = 1; run <= 2; run++) {
        ReplayLog log = logs.log(Games.byName(game), run);
        List<CheckpointScan> scans = new ArrayList<>();
        for (int checkpoint : log.checkpoints()) {
          CheckpointScan scan = ReplayLogReader.of(log, ReplayRows.JOINED).scan(checkpoint);
          scans.add(scan);
          FILES.put(game + run + checkpoint, scan);
          HASHES.put(game + run + checkpoint, observationSha256(log, scan));
        }
        SCANS.put(game + run, ReplayScan.join(scans, ReplayRows.JOINED, null));
      }
    }
  }

  private static String observationSha256(ReplayLog log, CheckpointScan scan) {
    MessageDigest digest = Sha256.digest();
    try (CheckpointReader reader = CheckpointReader.open(log, scan.checkpoint(), true)) {
      reader.read(
          List.of(new RowSpan(0, scan.rows())),
          block -> digest.update(block.frames, 0, block.size * CheckpointReader.FRAME_BYTES));
      reader.finish();
    }
    return Sha256.hex(digest);
  }

  @Test
  void everyFieldOfEveryFileIsReconciled() {
    Set<String> names = new LinkedHashSet<>();
    for (JsonNode file : summary.get("files")) {
      file.fieldNames().forEachRemaining(names::add);
      reconcile(file);
    }
    assertThat(names)
        .as("fields that are compared, or can't be found in the logs (epsilon)")
        .containsExactlyInAnyOrder(
            "game",
            "run",
            "ckpt",
            "rows",
            "episodes_ended",
            "sum_clipped_reward",
            "mean_raw_return_of_ended",
            "raw_returns_of_ended",
            "epsilon",
            "first_row_starts_an_episode",
            "whole_episodes",
            "steps_in_whole_episodes",
            "steps_up_to_last_terminal",
            "sha256_observation");
  }

  private static void reconcile(JsonNode file) {
    String game = file.get("game").asText();
    int checkpoint = file.get("ckpt").asInt();
    String name = game + file.get("run").asInt() + checkpoint;
    CheckpointScan scan = FILES.get(name);
    ReplayScan run = SCANS.get(game + file.get("run").asInt());
    assertThat(scan.rows()).as(name).isEqualTo(file.get("rows").asLong());
    assertThat(scan.addCount()).as(name).isEqualTo(scan.rows() * (checkpoint + 1));
    assertThat(scan.episodesEnded())
        .as(name)
        .isEqualTo(file.get("episodes_ended").asInt())
        .isEqualTo(file.get("raw_returns_of_ended").size());
    assertThat(scan.rewardSum()).as(name).isEqualTo(file.get("sum_clipped_reward").asDouble());
    assertThat(HASHES.get(name)).as(name).isEqualTo(file.get("sha256_observation").asText());

    List<Part> parts =
        run.episodes().stream()
            .flatMap(episode -> episode.parts().stream())
            .filter(part -> part.checkpoint() == checkpoint)
            .toList();
    List<LoggedEpisode> whole =
        run.episodes().stream()
            .filter(e -> e.parts().size() == 1 && e.last().checkpoint() == checkpoint)
            .toList();
    assertThat(whole).as(name).hasSize(file.get("whole_episodes").asInt());
    assertThat(whole.stream().mapToInt(LoggedEpisode::length).sum())
        .as(name)
        .isEqualTo(file.get("steps_in_whole_episodes").asInt());
    assertThat(parts.stream().filter(Part::ends).mapToInt(Part::rows).sum())
        .as(name)
        .isEqualTo(file.get("steps_up_to_last_terminal").asInt());
    CheckpointScan before = FILES.get(game + file.get("run").asInt() + (checkpoint - 1));
    boolean startsEpisode = before == null || tail(before) == 0;
    assertThat(startsEpisode)
        .as(name)
        .isEqualTo(file.get("first_row_starts_an_episode").asBoolean());
    reconcileReturns(file, game, name);
  }

  /** Rewards are stored clipped: with Pong's, of -1 and 1, that changes nothing. */
  private static void reconcileReturns(JsonNode file, String game, String name) {
    JsonNode returns = file.get("raw_returns_of_ended");
    double sum = 0;
    for (JsonNode one : returns) {
      sum += one.asDouble();
      if (game.equals("Pong")) {
        assertThat(one.asInt()).as(name).isBetween(-21, 21);
      }
    }
    if (returns.isEmpty()) {
      assertThat(file.get("mean_raw_return_of_ended").isNull()).as(name).isTrue();
    } else {
      assertThat(file.get("mean_raw_return_of_ended").asDouble())
          .as(name)
          .isCloseTo(sum / returns.size(), within(MEAN_DIGITS));
    }
  }

  @Test
  void theTotalsAreTheSums() {
    JsonNode total = summary.get("total");
    assertThat(FILES).hasSize(total.get("files").asInt());
    assertThat(FILES.values().stream().mapToLong(CheckpointScan::rows).sum())
        .isEqualTo(total.get("rows").asLong());
    assertThat(FILES.values().stream().mapToInt(CheckpointScan::episodesEnded).sum())
        .isEqualTo(total.get("episodes_ended").asInt());
    List<LoggedEpisode> episodes =
        SCANS.values().stream().flatMap(scan -> scan.episodes().stream()).toList();
    List<LoggedEpisode> whole = episodes.stream().filter(e -> e.parts().size() == 1).toList();
    assertThat(whole).hasSize(total.get("whole_episodes").asInt());
    assertThat(whole.stream().mapToInt(LoggedEpisode::length).sum())
        .isEqualTo(total.get("steps_in_whole_episodes").asInt());
    assertThat(
            episodes.stream()
                .flatMap(episode -> episode.parts().stream())
                .filter(Part::ends)
                .mapToInt(Part::rows)
                .sum())
        .isEqualTo(total.get("steps_up_to_last_terminal").asInt());
    assertThat(total.size()).isEqualTo(6);
  }

  private static int tail(CheckpointScan scan) {
    CheckpointScan.Stretch last = scan.stretches().get(scan.stretches().size() - 1);
    return last.lengths().get(last.lengths().size() - 1);
  }
}
