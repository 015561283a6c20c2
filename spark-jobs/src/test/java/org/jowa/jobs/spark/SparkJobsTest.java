package org.jowa.jobs.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.spark.SparkConf;
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

  @Test
  void usersOptionsForExecutorsComeAfterThoseOfOursThatMayBeOtherwise() {
    SparkConf conf =
        new SparkConf(false)
            .set("spark.master", "spark://host:7077")
            .set("spark.executor.extraJavaOptions", "-XX:Tier4InvocationThreshold=1");
    String options = SparkJobs.settings(conf, "test", 1).get("spark.executor.extraJavaOptions");
    assertThat(options.split(" "))
        .containsSubsequence(
            "-XX:Tier4InvocationThreshold=50000",
            "-XX:Tier4InvocationThreshold=1",
            "--add-opens=java.base/java.nio=ALL-UNNAMED");
  }

  @Test
  void executorsHaveOneLocaleAndNameFilesInUtf8WhateverTheirMachinesHave() {
    SparkConf conf =
        new SparkConf(false)
            .set("spark.master", "spark://host:7077")
            .set("spark.executor.extraJavaOptions", "-Duser.language=fa");
    SparkConf settings = SparkJobs.settings(conf, "test", 3);
    assertThat(settings.get("spark.executor.extraJavaOptions").split(" "))
        .containsSubsequence("-Duser.language=fa", "-Duser.language=en", "-Duser.extensions=");
    assertThat(settings.get("spark.executorEnv.LC_ALL")).isEqualTo("C.UTF-8");
    assertThat(settings.get("spark.executorEnv.OMP_NUM_THREADS")).isEqualTo("3");

    SparkConf users = new SparkConf(false).set("spark.executorEnv.LC_ALL", "en_US.UTF-8");
    assertThat(SparkJobs.settings(users, "test", 1).get("spark.executorEnv.LC_ALL"))
        .isEqualTo("en_US.UTF-8");
  }

  @Test
  void tasksWithGpusSumInOneOrder() {
    String workspace = "spark.executorEnv.CUBLAS_WORKSPACE_CONFIG";
    SparkConf conf = new SparkConf(false).set("spark.task.resource.gpu.amount", "1");
    assertThat(SparkJobs.settings(conf.clone(), "test", 1).get(workspace)).isEqualTo(":4096:8");
    SparkConf own = conf.clone().set(workspace, ":16:8");
    assertThat(SparkJobs.settings(own, "test", 1).get(workspace)).isEqualTo(":16:8");
    assertThat(SparkJobs.settings(new SparkConf(false), "test", 1).contains(workspace)).isFalse();
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
