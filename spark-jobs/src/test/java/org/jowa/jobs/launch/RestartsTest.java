package org.jowa.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RestartsTest {
  @Test
  void asManyRestartsAsAllowedWhenNothingNewIsSaved() {
    Restarts restarts = new Restarts(2, 10);
    assertThat(restarts.another(10)).isTrue();
    assertThat(restarts.another(10)).isTrue();
    assertThat(restarts.another(10)).isFalse();
    assertThat(restarts.total()).isEqualTo(2);
  }

  @Test
  void newCheckpointStartsTheCountAnew() {
    Restarts restarts = new Restarts(1, 0);
    for (int saved = 1; saved <= 20; saved++) {
      assertThat(restarts.another(saved)).isTrue();
      assertThat(restarts.withoutProgress()).isEqualTo(1);
    }
    assertThat(restarts.total()).isEqualTo(20);
    assertThat(restarts.another(20)).isFalse();
  }

  @Test
  void noRestartsMeansNone() {
    assertThat(new Restarts(0, 0).another(5)).isFalse();
  }

  @Test
  void pausesDoubleUpToAMinute() {
    Restarts restarts = new Restarts(100, 0);
    List<Long> seconds =
        IntStream.range(0, 8)
            .mapToObj(
                i -> {
                  restarts.another(0);
                  return restarts.pause().toSeconds();
                })
            .toList();
    assertThat(seconds).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
    restarts.another(1);
    assertThat(restarts.pause()).isEqualTo(Duration.ofSeconds(1));
  }
}
