package org.jowa.it;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Tests on the cluster of a calm training, which every test finds as it was. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class BesideCalmTraining {
  @TempDir static Path folder;
  CalmTraining calm;

  @BeforeAll
  void trainUndisturbed() {
    calm = CalmTraining.run(folder);
  }

  @AfterEach
  void mend() {
    calm.mend();
  }

  @AfterAll
  void stop() {
    calm.close();
  }
}
