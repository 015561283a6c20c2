package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One command given twice at once, as by two terminals or a scheduler that repeats itself. */
class TwoDriversIT {
  @TempDir private Path folder;

  @Test
  void oneTrainsTheRunAndTheOtherIsToldSoInOneLine() throws Exception {
    Jowa jowa = new Jowa(folder, "--master", "local[1]");
    jowa.run(SmallTraining.ingest("Pong", 2000, 1, "data")).ok();
    String[] train =
        SmallTraining.tokenizer("--set=tokenizer.steps=1000000", "--data=data", "--run=run")
            .toArray(String[]::new);
    List<Jowa.Running> drivers = List.of(jowa.start(train), jowa.start(train));
    try {
      Pause.until(
          "one of the two has ended",
          Duration.ofMinutes(5),
          () -> drivers.stream().anyMatch(driver -> !driver.process().isAlive()),
          () -> drivers.get(0).said() + drivers.get(1).said());
      boolean first = !drivers.get(0).process().isAlive();
      assertThat(drivers.get(first ? 0 : 1).await().failed(1))
          .contains("Another training writes into", "run");
      Jowa.Running training = drivers.get(first ? 1 : 0);
      assertThat(training.process().isAlive()).as(training.said()).isTrue();
    } finally {
      for (Jowa.Running driver : drivers) {
        driver.kill();
      }
    }
  }
}
