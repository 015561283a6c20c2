package org.jowa.env.ale;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MersenneTwisterTest {
  @Test
  void tenThousandthNumberIsThatOfTheCppStandard() {
    MersenneTwister random = new MersenneTwister(5489);
    for (int i = 1; i < 10_000; i++) {
      random.nextInt();
    }
    assertThat(Integer.toUnsignedLong(random.nextInt())).isEqualTo(4123659995L);
  }

  @Test
  void copyGoesOnAsTheOriginalDoes() {
    MersenneTwister random = new MersenneTwister(1);
    for (int i = 0; i < 600; i++) {
      random.nextInt();
    }
    MersenneTwister copy = random.copy();
    for (int i = 0; i < 100; i++) {
      assertThat(copy.nextDouble()).isEqualTo(random.nextDouble()).isBetween(0.0, 1.0);
    }
  }
}
