package org.jowa.model.train;

import java.nio.file.Path;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What tests of trainings share: torch, and a folder for their runs. */
@Timeout(180)
abstract class TrainingTests {
  @TempDir Path folder;

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  /** A small training in a run folder of its own. */
  final SmallWorldTraining attempt(String name) {
    return new SmallWorldTraining(folder.resolve(name));
  }
}
