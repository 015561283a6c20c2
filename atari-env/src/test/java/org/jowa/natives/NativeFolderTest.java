package org.jowa.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFolderTest {
  @TempDir private Path folder;

  private Properties properties(String home) {
    Properties properties = new Properties();
    properties.setProperty("user.home", home);
    properties.setProperty("user.name", "someone");
    properties.setProperty("java.io.tmpdir", "/temporary");
    return properties;
  }

  @Test
  void cachesOfTheHomeFolderStayOnAMachineOfTheUsersOwn() {
    Map<String, String> environment = Map.of("SPARK_LOCAL_DIRS", folder.toString());
    assertThat(NativeFolder.choose(environment, properties(folder.toString()))).isEmpty();
  }

  @Test
  void temporaryFolderTakesThePlaceOfAMissingHome() {
    assertThat(NativeFolder.choose(Map.of(), properties("/nonexistent")))
        .contains(Path.of("/temporary/jowa-natives-someone"));
  }

  @Test
  void containersUseTheFolderThatGoesWithThem() {
    Properties properties = properties(folder.toString());
    Path own = folder.resolve("jowa-natives");
    assertThat(
            NativeFolder.choose(
                Map.of("SPARK_EXECUTOR_DIRS", "/nonexistent:" + folder), properties))
        .contains(own);
    assertThat(
            NativeFolder.choose(
                Map.of("KUBERNETES_SERVICE_HOST", "x", "SPARK_LOCAL_DIRS", folder.toString()),
                properties))
        .contains(own);
    assertThat(NativeFolder.choose(Map.of("CONTAINER_ID", "container_1"), properties))
        .contains(Path.of("/temporary/jowa-natives"));
  }

  @Test
  void executorsOfOneWorkerShareItsFolder() throws IOException {
    Path worker = folder.resolve("spark-0a1b");
    Path first = Files.createDirectories(worker.resolve("executor-1"));
    Path second = Files.createDirectories(worker.resolve("executor-2"));
    for (Path executor : List.of(first, second)) {
      assertThat(
              NativeFolder.choose(
                  Map.of("SPARK_EXECUTOR_DIRS", executor.toString()), properties("/nonexistent")))
          .contains(worker.resolve("jowa-natives"));
    }
  }
}
