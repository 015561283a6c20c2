package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jowa.it.CalmTraining.FINAL;
import static org.jowa.it.CalmTraining.STEP;
import static org.jowa.it.CalmTraining.WORLD;
import static org.jowa.it.CalmTraining.kill;
import static org.jowa.it.CalmTraining.note;
import static org.jowa.it.CalmTraining.patient;
import static org.jowa.it.CalmTraining.with;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The same training on other clusters than it was started on: fewer executors, more, none but this
 * machine's.
 */
@Tag("long")
class WorldSizesIT extends BesideCalmTraining {
  @Test
  void rankKilledInALocalCluster() {
    Jowa local = calm.at("--master=local-cluster[2,1,2048]");
    Path run = folder.resolve("local-cluster");
    FaultyTraining training = calm.start(local, WORLD, run);
    ProcessHandle process = training.awaitRank(1, () -> training.driver().process().descendants());
    try (Debugger rank = FaultyTraining.holdBefore(STEP, process)) {
      training.faultNow();
      kill(rank);
    }
    note("rank killed, --master local-cluster[2,1,2048]", training.awaitRecovery());
    training.driver().await().ok();
    calm.assertSame(run, FINAL);
  }

  @Test
  void goesOnWithFewerRanksAndGrowsBack() throws IOException {
    Path run = folder.resolve("elastic");
    List<String> line = patient();
    line.add("--set=launch.slots-wait-seconds=30");
    FaultyTraining training = calm.start(line, run);
    try (Debugger left = FaultyTraining.attach(calm.awaitRank(training, 0));
        Debugger lost = FaultyTraining.attach(calm.awaitRank(training, 1))) {
      FaultyTraining.prepareStep(left, STEP);
      FaultyTraining.prepareStep(lost, STEP);
      Debugger.awaitHolds(lost, left);
      // In the attempt that it makes alone.
      FaultyTraining.prepareStep(left, 10);
      training.faultNow();
      calm.cluster().kill(calm.workerOf(lost));
      training.awaitSaid("Room for 1 of 2 ranks");
      left.awaitHold();
      calm.cluster().addWorker(1);
      Pause.until(
          "the new worker has an executor",
          Duration.ofMinutes(5),
          () -> calm.cluster().executors().size() == 2,
          calm.cluster()::logs);
      kill(left);
    }
    Jowa.Result result = training.driver().await().ok();
    assertThat(result.err()).contains("2 restarts");
    assertThat(run.resolve("config.yaml")).content().contains("ranks: 2");
    calm.assertLosses(run);
  }

  @Test
  void lossesAreThoseOfAnyWorldSize() throws IOException {
    for (int ranks : new int[] {1, 4}) {
      Jowa local = calm.at("--master=local-cluster[" + ranks + ",1,1024]");
      List<String> line = new ArrayList<>(WORLD);
      line.set(line.indexOf("--ranks=2"), "--ranks=" + ranks);
      Path run = folder.resolve("ranks-" + ranks);
      local.run(with(line, run.toString())).ok();
      calm.assertLosses(run);
    }
  }
}
