package org.jowa.jobs.cli;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterManagerTest {
  private static final Map<String, String> HADOOP = Map.of("HADOOP_CONF_DIR", "/etc/hadoop");

  @TempDir private Path spark;

  private Installation installation(String... jars) throws IOException {
    Path folder = Files.createDirectories(spark.resolve("jars"));
    for (String jar : jars) {
      Files.createFile(folder.resolve(jar));
    }
    return new Installation(spark, spark, spark, List.of(), Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local",
        "local[2]",
        "local[*]",
        "local[*,3]",
        "local-cluster[2,1,2048]",
        "spark://a:7077"
      })
  void mastersOfSpark(String master) throws IOException {
    Installation installation = installation();
    assertThatCode(() -> ClusterManager.require(master, installation, Map.of()))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"local[", "local[x]", "local-cluster[2,1]", "mesos://a", "yarn-client", ""})
  void othersAreRefused(String master) throws IOException {
    Installation installation = installation();
    assertThatThrownBy(() -> ClusterManager.require(master, installation, HADOOP))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("is none of Spark's");
  }

  @Test
  void managersThatThisSparkCannotTalkToAreRefused() throws IOException {
    Installation installation = installation("spark-core_2.13-4.1.1.jar");
    assertThatThrownBy(() -> ClusterManager.require("yarn", installation, HADOOP))
        .hasMessageContaining("needs a Spark with spark-yarn_2.13")
        .hasMessageContaining("set SPARK_HOME");
    assertThatThrownBy(() -> ClusterManager.require("k8s://https://a", installation, Map.of()))
        .hasMessageContaining("needs a Spark with spark-kubernetes_2.13");
    assertThatThrownBy(() -> ClusterManager.require("yarn", installation, Map.of()))
        .hasMessageContaining("needs HADOOP_CONF_DIR");
  }

  @Test
  void managersThatItCanTalkToAreTaken() throws IOException {
    Installation installation =
        installation("spark-yarn_2.13-4.1.1.jar", "spark-kubernetes_2.13-4.1.1.jar");
    assertThatCode(
            () -> {
              ClusterManager.require("yarn", installation, HADOOP);
              ClusterManager.require("k8s://https://a", installation, Map.of());
            })
        .doesNotThrowAnyException();
  }
}
