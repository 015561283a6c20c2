package org.jowa.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.jowa.model.train.TimeSpent;
import org.junit.jupiter.api.Test;

class RunAccountTest {
  private static Map<Integer, RankReport> reports(long first, long last, double useful, long rss) {
    TimeSpent time = new TimeSpent(first, last, useful, 0, 1, 1, 1, 1);
    return Map.of(
        0, new RankReport(0, "a", 1, last, "stage1", 10, 10, 5, time, List.of(), 0),
        1, new RankReport(1, "b", 2, last, "stage1", 10, rss, rss - 7, time, List.of(), 0));
  }

  @Test
  void stepsThatAreDoneAgainDoNotCount() {
    RunAccount account = new RunAccount();
    assertThat(account.failed(reports(0, 40, 80, 20), 30)).isCloseTo(60, within(1e-9));
    assertThat(account.failed(reports(30, 35, 10, 20), 30)).isZero();
    account.finished(reports(30, 50, 40, 90));
    LaunchSummary summary = account.summary(2);
    assertThat(summary.usefulSeconds()).isCloseTo(100, within(1e-9));
    assertThat(summary.restarts()).isEqualTo(2);
    assertThat(summary.peakRssMib()).isEqualTo(90);
    assertThat(summary.peakNativeMib()).isEqualTo(83);
  }

  @Test
  void attemptThatNeverReportedCostsNothingUseful() {
    RunAccount account = new RunAccount();
    assertThat(account.failed(Map.of(), 10)).isZero();
    assertThat(account.summary(1).goodput()).isZero();
  }

  @Test
  void goodputIsUsefulTimeOverWallTime() {
    assertThat(new LaunchSummary(0, 200, 190, 0, 0).goodput()).isCloseTo(0.95, within(1e-9));
  }

  @Test
  void recommendedOverheadHasAMarginAndALeast() {
    assertThat(MemoryAdvice.recommendedOverhead(100)).isEqualTo(384);
    assertThat(MemoryAdvice.recommendedOverhead(2000)).isEqualTo(2304);
  }
}
