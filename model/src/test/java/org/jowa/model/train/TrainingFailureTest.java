package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.model.collective.CollectiveException;
import org.jowa.model.collective.Ranks.Outcome;
import org.junit.jupiter.api.Test;

/** How a training stops when something is wrong. */
class TrainingFailureTest extends TrainingTests {
  private ToyTraining training(String name) {
    return new ToyTraining(folder.resolve(name));
  }

  @Test
  void aNanLossStopsAllRanksNamingStepSamplesAndGames() throws IOException {
    ToyTraining attempt = training("run");
    attempt.disturbance =
        (rank, learner, step) -> learner.poison(rank == 1 && step == 6 ? Float.NaN : 0);
    List<Outcome<TrainResult>> outcomes = attempt.outcomes();

    assertThat(outcomes.get(1).error())
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("step 7 (stage1)")
        .hasMessageContaining("rank 1")
        .hasMessageContaining("samples 49, 51, 53, 55 of")
        .hasMessageContaining("the checkpoint of step 5 was taken before that");
    assertThat(outcomes.get(0).error())
        .isInstanceOfSatisfying(
            CollectiveException.class, e -> assertThat(e.rankAtFault()).isEqualTo(1))
        .hasMessageContaining("samples 49");
    assertThat(attempt.checkpoint(5).resolve("state.json")).exists();
    assertThat(attempt.checkpoint(8)).doesNotExist();
  }

  @Test
  void anInfiniteGradientOfAFiniteLossNamesTheRankItCameFrom() {
    ToyTraining attempt = training("run");
    attempt.disturbance = (rank, learner, step) -> learner.scaleGradient(rank == 1 && step == 6);
    List<Outcome<TrainResult>> outcomes = attempt.outcomes();

    assertThat(outcomes.get(1).error())
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("gradient")
        .hasMessageContaining("samples 49");
    assertThat(outcomes.get(0).error()).isInstanceOf(CollectiveException.class);
  }

  @Test
  void aRankThatCannotReadItsDataStopsTheOthersAtOnce() {
    ToyTraining attempt = training("run");
    attempt.disturbance =
        (rank, learner, step) -> {
          if (rank == 1 && step == 3) {
            throw new InvalidInputException("shard 3 is altered");
          }
        };
    List<Outcome<TrainResult>> outcomes = attempt.outcomes();
    assertThat(outcomes.get(0).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 1 failed")
        .hasMessageContaining("shard 3 is altered");
  }

  @Test
  void weightsThatDriftedApartAreNoticedAtTheNextCheckpoint() {
    ToyTraining attempt = training("run");
    attempt.disturbance =
        (rank, learner, step) -> {
          if (rank == 1 && step == 4) {
            learner.parameters().get("w1").data_ptr_float().put(0, 0.125f);
          }
        };
    assertThat(attempt.outcomes())
        .anySatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Weights of rank 1 differ"));
    assertThat(attempt.checkpoint(5)).doesNotExist();
  }

  @Test
  void whenNoCheckpointIsWholeAllRanksStopWithTheReason() throws IOException {
    ToyTraining first = training("run");
    first.keep = 1;
    first.results();
    Files.delete(first.checkpoint(12).resolve("state.json"));

    ToyTraining second = training("run");
    second.steps = 20;
    List<Outcome<TrainResult>> outcomes = second.outcomes();
    assertThat(outcomes.get(0).error())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("step-00000012");
    assertThat(outcomes.get(1).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 0")
        .hasMessageContaining("step-00000012");
  }

  @Test
  void anotherConfigurationIsRefusedNamingKeyAndValues() {
    training("run").results();
    ToyTraining other = training("run");
    other.width = "32";
    other.steps = 20;

    assertThat(other.outcomes())
        .anySatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("world.width 16")
                    .hasMessageContaining("has 32"));
  }

  @Test
  void anotherDataSetIsRefused() {
    training("run").results();
    ToyTraining other = training("run");
    other.dataset = "d2";
    assertThat(other.outcomes())
        .anySatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("d2"));
  }

  @Test
  void initialWeightsThatAreNotThereStopTheRunBeforeAnythingIsWritten() {
    ToyTraining attempt = training("run");
    attempt.initialWeights = folder.resolve("nowhere").toString();
    assertThat(attempt.outcomes())
        .anySatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("nowhere"));
    assertThat(attempt.run.resolve("checkpoints")).doesNotExist();
  }
}
