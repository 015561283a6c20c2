package org.jowa.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;

class SparkOptionsTest {

  @Test
  void optionsOfSparkMayStandAnywhere() {
    SparkOptions options =
        SparkOptions.split(
            List.of(
                "--master",
                "yarn",
                "pretrain",
                "--data",
                "d",
                "--conf=spark.a=b=c",
                "--ranks",
                "2",
                "--queue",
                "q",
                "--supervise"));
    assertThat(options.rest()).containsExactly("pretrain", "--data", "d", "--ranks", "2");
    assertThat(options.arguments())
        .containsExactly(
            "--master", "yarn", "--conf", "spark.a=b=c", "--queue", "q", "--supervise");
    assertThat(options.value("--master", "spark.master")).contains("yarn");
    assertThat(options.value("--x", "spark.a")).contains("b=c");
  }

  @Test
  void evaluationsNameIsNotSparks() {
    assertThat(SparkOptions.split(List.of("evaluate", "--name", "n")).rest())
        .containsExactly("evaluate", "--name", "n");
  }

  @Test
  void optionWithoutItsValueIsRefused() {
    assertThatThrownBy(() -> SparkOptions.split(List.of("pretrain", "--master")))
        .isInstanceOf(UsageException.class)
        .hasMessage("Option --master of spark-submit needs a value after it");
    assertThatThrownBy(() -> SparkOptions.split(List.of("--conf", "spark.a")))
        .hasMessageContaining("takes key=value, found 'spark.a'");
  }

  @Test
  void droppedOptionsTakeTheirValuesAlong() {
    SparkOptions options = SparkOptions.split(List.of("--jars", "--jars", "--queue", "q"));
    assertThat(options.argumentsWithout(List.of("--jars"))).containsExactly("--queue", "q");
  }

  @Test
  void secretsThatKubernetesWouldShowAreFound() {
    List<String> submission =
        List.of(
            "--master=k8s://h",
            "--conf=spark.hadoop.fs.s3a.secret.key=x",
            "--conf=spark.kubernetes.driver.secretKeyRef.AWS_SECRET=s3:k",
            "--conf=spark.executor.memory=1g");
    assertThat(SparkOptions.split(submission).secretsInConfigMap()).isEmpty();
    List<String> cluster = new ArrayList<>(submission);
    cluster.add("--deploy-mode=cluster");
    assertThat(SparkOptions.split(cluster).secretsInConfigMap())
        .containsExactly("spark.hadoop.fs.s3a.secret.key");
  }
}
