package org.jowa.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.storage.FolderLock;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.launch.LaunchSummary;
import org.jowa.jobs.launch.RankReport;
import org.jowa.model.train.TimeSpent;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunStatusTest {
  @TempDir private Path folder;
  private RunFolder run;

  @BeforeEach
  void openRun() {
    run = RunFolder.at(folder.toString(), new Configuration());
  }

  private static RankReport report(int rank, long step) {
    TimeSpent time = new TimeSpent(0, step, 2.0 * step, 0, 0, 0, 0, 0);
    return new RankReport(
        rank, "node" + rank, 7, step, "stage1", 500, 600, 300, time, List.of(), step);
  }

  private static RunStatus with(RunStatus.State state, Instant updated) {
    return new RunStatus(
        state,
        "pretrain",
        "stage1",
        3,
        10,
        1,
        1,
        2,
        2,
        0.5,
        "",
        "app-1",
        updated.toString(),
        updated.toString(),
        List.of());
  }

  @Test
  void statusTellsOfStepsRestartsAndRanks() {
    try (StatusWriter writer = StatusWriter.start(run, "pretrain", "app-1", 100)) {
      writer.started(1, 2, 2);
      writer.heard(Map.of(0, report(0, 20), 1, report(1, 20)));
      writer.failed("rank 1 was lost", 30, true);
      writer.started(2, 1, 2);
      writer.heard(Map.of(0, report(0, 60)));
      writer.finished(new LaunchSummary(1, 200, 190, 600, 300));
    }
    RunStatus status = RunStatus.read(run);
    assertThat(status.state()).isEqualTo(RunStatus.State.FINISHED);
    assertThat(status.step()).isEqualTo(100);
    assertThat(status.attempt()).isEqualTo(2);
    assertThat(status.ranks()).isEqualTo(1);
    assertThat(status.wantedRanks()).isEqualTo(2);
    assertThat(status.text(Instant.now()))
        .contains("pretrain finished: step 100 of 100", "1 of 2 ranks", "rank 1 was lost", "node0")
        .doesNotContain("node1");
    assertThat(status.json()).contains("\"wanted_ranks\" : 2", "\"peak_rss_mib\" : 600");
  }

  @Test
  void ranksStandWhereTheRunEndedWhateverHeartbeatComesLast() {
    try (StatusWriter writer = StatusWriter.start(run, "pretrain", "app-1", 8)) {
      writer.started(1, 1, 1);
      writer.heard(Map.of(0, report(0, 6)));
      writer.heard(Map.of(0, report(0, 8)));
      writer.finished(new LaunchSummary(0, 10, 10, 600, 300));
      writer.heard(Map.of(0, report(0, 7)));
    }
    assertThat(RunStatus.read(run).text(Instant.now()))
        .contains("step 8 of 8", "rank 0: host node0, process 7, step 8,");
  }

  @Test
  void runThatEndsWithoutResultHasFailed() {
    StatusWriter.start(run, "pretrain", "app-1", 100).close();
    assertThat(RunStatus.read(run).state()).isEqualTo(RunStatus.State.FAILED);
  }

  @Test
  void runThatWasToldToEndHasNotFailed() {
    try (StatusWriter writer = StatusWriter.start(run, "pretrain", "app-1", 100)) {
      writer.started(1, 2, 2);
      writer.heard(Map.of(0, report(0, 20)));
      writer.stopped(40);
    }
    RunStatus status = RunStatus.read(run);
    assertThat(status.state()).isEqualTo(RunStatus.State.STOPPED);
    assertThat(status.text(Instant.now()))
        .contains("pretrain stopped: step 20 of 100")
        .doesNotContain("failure");
    assertThat(status.goodput()).isPositive();
  }

  @Test
  void silenceOfADriverIsSaid() {
    Instant now = Instant.now();
    assertThat(with(RunStatus.State.RUNNING, now.minusSeconds(600)).text(now))
        .contains("not heard of for 600 s");
    assertThat(with(RunStatus.State.FINISHED, now.minusSeconds(600)).text(now))
        .doesNotContain("not heard of");
  }

  @Test
  void folderWithoutStatusOrWithABrokenOneIsNamed() throws IOException {
    assertThatThrownBy(() -> RunStatus.read(run))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(folder.toString());
    Files.writeString(folder.resolve(RunStatus.FILE), "{\"state\": \"RUN");
    assertThatThrownBy(() -> RunStatus.read(run)).hasMessageContaining(RunStatus.FILE);
  }

  @Test
  void runThatAnotherDriverTrainsIsRefusedInOneLine() throws IOException {
    FolderLock first = run.lock();
    assertRefused("Another training writes into " + folder, "_train.lock");
    // What the other does is said as soon as it is known.
    write(with(RunStatus.State.RUNNING, Instant.now()));
    assertRefused("application app-1", "step 3 of 10");
    write(with(RunStatus.State.FINISHED, Instant.now()));
    assertThatThrownBy(run::lock).message().doesNotContain("app-1");
    first.requireHeld();
    first.close();
    // Whatever the status of a driver that was killed says: its lock is gone with it.
    write(with(RunStatus.State.RUNNING, Instant.now()));
    run.lock().close();
  }

  private void assertRefused(String... words) {
    assertThatThrownBy(run::lock)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContainingAll(words)
        .message()
        .hasLineCount(1);
  }

  private void write(RunStatus status) throws IOException {
    Files.write(folder.resolve(RunStatus.FILE), status.toJson());
  }
}
