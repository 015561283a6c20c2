package org.jowa.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;

class SparkJobsTest {
  @Test
  void endOfTheApplicationIsTheClustersAndSaidSo() {
    System.setProperty("spark.master", "local[2]");
    try (SparkJobs jobs = SparkJobs.start("test", 1)) {
      assertThat(doubled(jobs, List.of(1, 2, 3))).containsExactly(2, 4, 6);
      assertThatThrownBy(() -> doubled(jobs, List.of(0)))
          .hasStackTraceContaining("nothing to double");
      // As when a master removes an application whose executors fail.
      jobs.context().sc().stop();
      assertThatThrownBy(() -> doubled(jobs, List.of(1)))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("local[2] ended the application local-");
    } finally {
      System.clearProperty("spark.master");
    }
  }

  private static List<Integer> doubled(SparkJobs jobs, List<Integer> numbers) {
    return jobs.each(
        "double",
        "numbers",
        numbers.size(),
        numbers,
        (number, progress) -> {
          if (number == 0) {
            throw new IllegalStateException("nothing to double");
          }
          return 2 * number;
        });
  }
}
