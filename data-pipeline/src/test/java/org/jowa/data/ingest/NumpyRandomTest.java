package org.jowa.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NumpyRandomTest {
  @Test
  void drawsAreThoseOfNumpy() {
    // numpy.random.seed(0); numpy.random.randint(0, 19, 5)
    NumpyRandom zero = new NumpyRandom(0);
    assertThat(IntStream.range(0, 5).map(i -> zero.below(19)).toArray())
        .containsExactly(12, 15, 0, 3, 3);
    // numpy.random.seed(0); twice numpy.random.permutation(5)[:2]
    NumpyRandom runs = new NumpyRandom(0);
    assertThat(runs.permutation(5)).startsWith(2, 0);
    assertThat(runs.permutation(5)).startsWith(0, 2);
    // numpy.random.seed(7); numpy.random.randint(0, 1000003, 2000)[-3:]
    NumpyRandom seven = new NumpyRandom(7);
    int[] many = IntStream.range(0, 2000).map(i -> seven.below(1000003)).toArray();
    assertThat(IntStream.of(many).skip(1997).toArray()).containsExactly(NUMPY_TAIL);
    assertThat(new NumpyRandom(1).below(1)).isZero();
  }

  private static final int[] NUMPY_TAIL = {578246, 557641, 495224};
}
