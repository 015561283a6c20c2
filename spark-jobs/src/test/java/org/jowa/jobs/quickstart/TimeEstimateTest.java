package org.jowa.jobs.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Locale;
import org.jowa.jobs.bench.MachineSpeed;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.Test;

class TimeEstimateTest {
  private static final TimeEstimate FAST = new TimeEstimate(12, 300, 9_000);
  private static final TimeEstimate SLOW = new TimeEstimate(12, 75, 9_000);

  @Test
  void aSlowerMachineTakesLongerInProportion() {
    double start = new TimeEstimate(12, 1e12, 1e12).seconds();
    double playing = new TimeEstimate(12, 1e12, 9_000).seconds() - start;
    assertThat(SLOW.seconds() - start - playing)
        .isCloseTo(4 * (FAST.seconds() - start - playing), within(1e-3));
    assertThat(new TimeEstimate(6, 300, 9_000).seconds() - start)
        .isCloseTo((FAST.seconds() - start) / 2, within(1e-3));
  }

  @Test
  void whatARunTookTellsItsWork() {
    double work = FAST.workOf(FAST.seconds());
    assertThat(SLOW.workOf(SLOW.seconds())).isCloseTo(work, within(1e-3));
    assertThat(new TimeEstimate(3, 300, 9_000).workOf(new TimeEstimate(3, 300, 9_000).seconds()))
        .isCloseTo(work, within(1e-3));
    assertThat(FAST.workOf(FAST.seconds() + 10)).isCloseTo(work + 3_000, within(1e-3));
  }

  @Test
  void linesSayWhatItDependsOn() {
    assertThat(SLOW.expectation())
        .contains(
            String.format(Locale.ROOT, "about %.0f minutes", SLOW.seconds() / 60),
            "75 Gflop/s",
            "9000 frames/s");
    assertThat(FAST.outcome(660)).startsWith("Took 11.0 minutes, ");
  }

  @Test
  void theMachineIsMeasured() {
    TorchRuntime.init();
    assertThat(MachineSpeed.sgemm()).isPositive();
  }
}
