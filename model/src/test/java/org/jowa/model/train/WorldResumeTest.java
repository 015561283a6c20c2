package org.jowa.model.train;

import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Whatever a world model learns when its training is killed, it ends as if it hadn't been. */
class WorldResumeTest extends TrainingTests {
  @Test
  void killedInEitherStageItEndsInTheSameBits() {
    killedEndsInTheSameBits(12, training -> training.mixture = true, 3, 7);
  }

  @Test
  void killedWhileTheBehaviourNetworkLearnsItEndsInTheSameBits() {
    killedEndsInTheSameBits(
        36,
        training -> {
          training.behaviour = 30;
          training.stage1 = 3;
          training.stage2 = 3;
        },
        23);
  }

  @Test
  void killedWhileTheNeighbourhoodNetworkLearnsItEndsInTheSameBits() {
    killedEndsInTheSameBits(
        36,
        training -> {
          training.neighbourhood = 30;
          training.stage1 = 3;
          training.stage2 = 3;
        },
        23);
  }

  @Test
  void killedWhileItImaginesItEndsInTheSameBits() {
    // Before the planner's first copy, and between two.
    killedEndsInTheSameBits(
        12,
        training -> {
          training.stage1 = 2;
          training.stage2 = 10;
          training.imagination = SmallWorldTraining.imagination(3, 4);
          training.checkpointEvery = 3;
        },
        4,
        8,
        11);
  }

  /** A run that is killed at a step, for each of them. */
  private void killedEndsInTheSameBits(
      long last, Consumer<SmallWorldTraining> settings, long... deaths) {
    SmallWorldTraining straight = attempt("straight");
    settings.accept(straight);
    straight.toTheEnd();
    for (long death : deaths) {
      SmallWorldTraining killed = attempt("died-" + death);
      settings.accept(killed);
      killed.toTheEndWithDeathsAt(death);
      killed.assertSame(straight, last);
    }
  }
}
