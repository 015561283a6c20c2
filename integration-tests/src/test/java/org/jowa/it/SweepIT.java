package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sweep as a whole, with trainings and play of a few steps. */
class SweepIT {
  private static final String[] SWEEP = {
    "sweep", "sweep.yaml", "--data=data", "--out=out", "--threads=1"
  };

  @TempDir private static Path folder;

  @Test
  void killedSweepGoesOnWhereItStopped() throws Exception {
    Roms.assume("Pong");
    Jowa jowa = new Jowa(folder, "--master", "local[1]");
    jowa.run(SmallTraining.ingest("Pong", 2000, 1, "data")).ok();
    Files.writeString(
        folder.resolve("sweep.yaml"),
        """
        preset: tiny
        seeds: [0]
        set:
          tokenizer: {kind: patches, codebook-size: 16}
          world: {layers: 1, width: 16, heads: 2, q-width: 8, blocks: 2, batch-size: 2}
          world.stage1.steps: 5
          world.stage2.steps: 5
          checkpoint.every: 10
          metrics.held-out-every: 0
        variants:
          short:
          long: {set: {world.stage2.steps: 395}}
        evaluate: {games: Pong, planner: none, episodes: 1, max-steps: 12}
        """);

    Jowa.Running running = jowa.start(SWEEP);
    Path begun = folder.resolve("out/long-seed-0/model/checkpoints/step-00000010/state.json");
    Pause.until(
        begun + " is there",
        Duration.ofMinutes(5),
        () -> !running.process().isAlive() || Files.exists(begun),
        running::said);
    assertThat(running.process().isAlive()).as("still at work: %s", running.said()).isTrue();
    running.kill();
    assertThat(folder.resolve("out/report")).doesNotExist();
    Path weights = folder.resolve("out/short-seed-0/model/checkpoints/step-00000010/state.json");
    Path scores = folder.resolve("out/short-seed-0/evaluation/short/summary.json");
    FileTime trained = Files.getLastModifiedTime(weights);
    FileTime played = Files.getLastModifiedTime(scores);

    Jowa.Result again = jowa.run(SWEEP).ok();

    assertThat(Files.getLastModifiedTime(weights)).isEqualTo(trained);
    assertThat(Files.getLastModifiedTime(scores)).isEqualTo(played);
    assertThat(again.err())
        .contains("Already finished")
        .containsPattern("Resuming from \\S*long-seed-0/model/checkpoints/step-\\d+");
    assertThat(folder.resolve("out/long-seed-0/model/checkpoints/step-00000400/state.json"))
        .exists();
    assertThat(Files.readString(folder.resolve("out/report/scores.csv"))).contains("short", "long");
  }
}
