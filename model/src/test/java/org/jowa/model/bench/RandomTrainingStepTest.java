package org.jowa.model.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.jowa.model.torch.Compute;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.TestModels;
import org.junit.jupiter.api.Test;

class RandomTrainingStepTest {
  @Test
  void learnsItsOneBatchByHeart() {
    TorchRuntime.setThreads(1);
    try (RandomTrainingStep step =
        RandomTrainingStep.of(TestModels.small(1), 2, 1, Compute.FP32_ON_CPU)) {
      double first = step.run();
      double last = first;
      for (int i = 0; i < 60; i++) {
        last = step.run();
      }
      assertThat(last).isLessThan(first - 0.05);
    }
  }
}
