package org.jowa.jobs.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AxisTest {
  @Test
  void ticksAreRoundAndHoldAllValues() {
    Axis axis = Axis.over(0.013, 0.187, 4);

    assertThat(axis.ticks()).first().isEqualTo(0.0);
    assertThat(axis.low()).isLessThanOrEqualTo(0.013);
    assertThat(axis.high()).isGreaterThanOrEqualTo(0.187);
    assertThat(axis.ticks()).hasSizeBetween(4, 6);
    assertThat(axis.position(axis.low())).isZero();
    assertThat(axis.position(axis.high())).isEqualTo(1);
  }

  @Test
  void equalValuesStillGetAnAxis() {
    assertThat(Axis.over(3, 3, 4).position(3)).isCloseTo(0.5, within(0.2));
    assertThat(Axis.over(0, 0, 4).position(0)).isBetween(0.0, 1.0);
    assertThat(Axis.exactly(10, 10, 4).position(10)).isZero();
  }

  @Test
  void valuesFarApartGetDecades() {
    Axis axis = Axis.fitting(0.02, 50, 4);

    assertThat(axis.logarithmic()).isTrue();
    assertThat(axis.low()).isCloseTo(0.01, within(1e-12));
    assertThat(axis.high()).isCloseTo(100, within(1e-9));
    assertThat(axis.position(1)).isCloseTo(0.5, within(1e-9));
  }

  @Test
  void valuesNearZeroShowZeroAndFarOnesDoNot() {
    assertThat(Axis.fitting(1, 5, 4).low()).isZero();
    assertThat(Axis.fitting(86, 91, 4).low()).isGreaterThanOrEqualTo(80);
    assertThat(Axis.fitting(-1, 5, 4).low()).isLessThanOrEqualTo(-1);
  }

  @Test
  void anExactAxisKeepsItsEndsAndTicksLieWithin() {
    Axis axis = Axis.exactly(410, 800, 4);

    assertThat(axis.low()).isEqualTo(410);
    assertThat(axis.high()).isEqualTo(800);
    assertThat(axis.ticks()).containsExactly(500.0, 600.0, 700.0, 800.0);
  }
}
