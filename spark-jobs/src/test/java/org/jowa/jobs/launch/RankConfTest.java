package org.jowa.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;

class RankConfTest {
  private static final String WORKSPACE = "spark.executorEnv.CUBLAS_WORKSPACE_CONFIG";

  private static SparkConf filled(SparkConf conf) {
    RankConf.fillIn(conf.set("spark.master", "spark://host:7077"), 2, 1);
    return conf;
  }

  @Test
  void ranksOnGpusSumInOneOrder() {
    SparkConf conf = new SparkConf(false).set("spark.task.resource.gpu.amount", "1");
    assertThat(filled(conf).get(WORKSPACE)).isEqualTo(":4096:8");
    SparkConf own = conf.clone().set(WORKSPACE, ":16:8");
    assertThat(filled(own).get(WORKSPACE)).isEqualTo(":16:8");
  }

  @Test
  void ranksOnProcessorsGetNothingOfGpus() {
    assertThat(filled(new SparkConf(false)).contains(WORKSPACE)).isFalse();
  }
}
