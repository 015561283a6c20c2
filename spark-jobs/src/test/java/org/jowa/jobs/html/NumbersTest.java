package org.jowa.jobs.html;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumbersTest {
  @Test
  void scoresLoseDecimalsAsTheyGrow() {
    assertThat(Numbers.score(-20.66)).isEqualTo("−20.7");
    assertThat(Numbers.score(999.94)).isEqualTo("999.9");
    assertThat(Numbers.score(2841262.5)).isEqualTo("2,841,263");
    assertThat(Numbers.score(-0.04)).isEqualTo("0.0");
    assertThat(Numbers.score(Double.NaN)).isEqualTo("–");
  }

  @Test
  void differencesShowTheirSign() {
    assertThat(Numbers.difference(3.94)).isEqualTo("+3.9");
    assertThat(Numbers.difference(-3)).isEqualTo("−3.0");
    assertThat(Numbers.difference(0)).isEqualTo("0.0");
  }

  @Test
  void normalisedScoresKeepTwoDecimalsNearOne() {
    assertThat(Numbers.normalised(0.8469)).isEqualTo("0.85");
    assertThat(Numbers.normalised(-0.001)).isEqualTo("0.00");
    assertThat(Numbers.normalised(12.34)).isEqualTo("12.3");
    assertThat(Numbers.normalised(174.83)).isEqualTo("175");
  }

  @Test
  void significantKeepsThreeDigits() {
    assertThat(Numbers.significant(0.0123456)).isEqualTo("0.0123");
    assertThat(Numbers.significant(87.94)).isEqualTo("87.9");
    assertThat(Numbers.significant(12345)).isEqualTo("12,300");
    assertThat(Numbers.significant(5e-5)).isEqualTo("5e−5");
    assertThat(Numbers.significant(1.234e8)).isEqualTo("1.23e8");
    assertThat(Numbers.significant(0)).isEqualTo("0");
    assertThat(Numbers.significant(-2.5)).isEqualTo("−2.5");
  }

  @Test
  void durationsHaveTheirTwoLargestUnits() {
    assertThat(Numbers.duration(4.21)).isEqualTo("4.21 s");
    assertThat(Numbers.duration(187.3)).isEqualTo("3 min 7 s");
    assertThat(Numbers.duration(7260)).isEqualTo("2 h 1 min");
  }
}
