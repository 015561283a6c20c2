package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TimeSpentTest {
  private static final Duration WAIT = Duration.ofMillis(10);

  @TempDir Path folder;

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  @Test
  void eachPartIsBookedWhereItWasSpent() {
    ToyTraining training = new ToyTraining(folder);
    long begun = System.nanoTime();
    training.disturbance =
        (rank, learner, step) -> {
          if (rank == 0) {
            letTheOtherWait();
          }
        };
    TrainResult result = training.results().get(0);
    double elapsed = (System.nanoTime() - begun) * 1e-9;

    TimeSpent time = result.time();
    assertThat(time.firstStep()).isZero();
    assertThat(time.steps()).isEqualTo(12);
    assertThat(time.data()).isBetween(12 * WAIT.toMillis() * 1e-3, time.wall());
    assertThat(time.computing()).isPositive();
    assertThat(time.exchanging()).isPositive();
    assertThat(time.heldOut()).isPositive();
    assertThat(time.checkpoint()).isPositive();
    assertThat(time.wall()).isLessThanOrEqualTo(elapsed);
    assertThat(time.goodput())
        .isCloseTo((time.computing() + time.exchanging()) / time.wall(), within(1e-12))
        .isBetween(0.0, 1.0);
    // What is told at the very end has a little more: closing.
    assertThat(training.times).singleElement().extracting(TimeSpent::steps).isEqualTo(12L);
    assertThat(training.times.get(0).wall()).isGreaterThanOrEqualTo(time.wall());
  }

  @Test
  void theWaitForASlowerRankIsExchange() {
    ToyTraining training = new ToyTraining(folder);
    training.disturbance =
        (rank, learner, step) -> {
          if (rank == 1) {
            letTheOtherWait();
          }
        };
    assertThat(training.results().get(0).time().exchanging())
        .isGreaterThan(12 * WAIT.toMillis() * 1e-3);
  }

  @Test
  void anAttemptThatFailsTellsWhereItBeganAndHowFarItCame() {
    ToyTraining training = new ToyTraining(folder);
    training.disturbance = ToyTraining.Disturbance.deathOfRank1(7);
    training.outcomes();
    training.outcomes();
    assertThat(training.times)
        .extracting(TimeSpent::firstStep, TimeSpent::lastStep)
        .containsExactly(tuple(0L, 7L), tuple(5L, 7L));
  }

  /** Keeps a rank until the other one has waited for it in the step's first exchange. */
  private static void letTheOtherWait() {
    Threads.awaitWaiting(TrainingLoop.class, "step", WAIT);
  }
}
