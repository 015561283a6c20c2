package org.jowa.model.train;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a world model learns when its training is killed, it ends as if it hadn't been. */
@Timeout(180)
class WorldResumeTest {
  @TempDir Path folder;

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  private SmallWorldTraining attempt(String name) {
    return new SmallWorldTraining(folder.resolve(name));
  }

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
