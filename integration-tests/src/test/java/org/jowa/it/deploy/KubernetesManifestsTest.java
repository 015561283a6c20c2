package org.jowa.it.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jowa.it.deploy.Manifests.ApplicationSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KubernetesManifestsTest {
  private static final Path PROJECT = Path.of(System.getProperty("jowa.project"));
  private static final Path FOLDER = PROJECT.resolve("deploy/kubernetes");

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void manifestHasKnownFieldsOfTheRightTypesOnly(Path file) throws IOException {
    List<JsonNode> documents = Manifests.documents(Files.readString(file));
    assertThat(documents).isNotEmpty();
    documents.forEach(Manifests::check);
  }

  @Test
  void unknownFieldIsFoundAtEveryDepth() throws IOException {
    for (String place :
        List.of("/spec", "/spec/driver", "/spec/executor/securityContext", "/spec/volumes/0")) {
      JsonNode document =
          Manifests.documents(Files.readString(FOLDER.resolve("pretrain.yaml"))).get(0);
      ((ObjectNode) document.at(place)).put("memoryOverhed", "1g");
      assertThatThrownBy(() -> Manifests.check(document)).hasMessageContaining("memoryOverhed");
    }
    JsonNode pod =
        Manifests.documents(Files.readString(FOLDER.resolve("executor-pod-template.yaml"))).get(0);
    ((ObjectNode) pod.at("/spec/containers/0")).put("comand", "x");
    assertThatThrownBy(() -> Manifests.check(pod)).hasMessageContaining("comand");
  }

  @Test
  void chartByItsDefaultsPretrainsOnFourRanks() {
    List<JsonNode> documents = render();
    assertThat(documents)
        .extracting(document -> document.path("kind").asText())
        .containsExactlyInAnyOrder("ServiceAccount", "Role", "RoleBinding", "SparkApplication");
    ApplicationSpec application = applications(documents).get(0);
    assertThat(application.arguments)
        .startsWith("pretrain")
        .containsSubsequence("--ranks", "4")
        .containsSubsequence("--threads", "8");
    assertThat(application.executor.instances).isEqualTo(4);
    assertThat(application.sparkConf).containsEntry("spark.task.cpus", "8");
    assertThat(application.executor.gpu).isNull();
  }

  @Test
  void chartWithEveryValueSetStaysValid() {
    List<JsonNode> documents =
        render(
            "jobs.train-tokenizer.enabled=true",
            "jobs.nightly-pretrain.enabled=true",
            "jobs.batch-evaluate.enabled=true",
            "gpu.count=1",
            "hadoopConfigMap=hadoop",
            "environmentSecret=s3",
            "batchScheduler.scheduler=volcano",
            "batchScheduler.queue=research",
            "batchScheduler.priorityClassName=high",
            "nodeSelector.pool=gpu",
            "tolerations[0].key=gpu",
            "tolerations[0].operator=Exists",
            "imagePullSecrets[0]=registry",
            "eventLog.dir=/jowa/events",
            "historyServer.enabled=true",
            "sparkConf.spark\\.x=y");
    assertThat(documents)
        .extracting(document -> document.path("kind").asText())
        .contains("Deployment", "Service", "ScheduledSparkApplication");
    List<ApplicationSpec> applications = applications(documents);
    assertThat(applications).hasSize(4);
    for (ApplicationSpec application : applications) {
      boolean training = !application.arguments.get(0).equals("evaluate");
      assertThat(application.sparkConf)
          .containsEntry("spark.eventLog.dir", "/jowa/events")
          .containsEntry("spark.x", "y");
      assertThat(application.sparkConf.containsKey("spark.task.resource.gpu.amount"))
          .isEqualTo(training);
      assertThat(application.batchSchedulerOptions.queue).isEqualTo("research");
      assertThat(application.executor.envFrom).hasSize(1);
      assertThat(application.executor.tolerations).hasSize(1);
      if (training) {
        assertThat(application.executor.gpu.name).isEqualTo("nvidia.com/gpu");
        assertThat(application.executor.gpu.quantity).isEqualTo(1);
      }
    }
  }

  @Test
  void evaluationsPlayOnGpusIfTheyAreToldTo() {
    List<ApplicationSpec> applications =
        applications(
            render(
                "jobs.pretrain.enabled=false",
                "jobs.batch-evaluate.enabled=true",
                "jobs.batch-evaluate.gpus=true",
                "gpu.count=1"));
    assertThat(applications).hasSize(1);
    assertThat(applications.get(0).sparkConf).containsEntry("spark.task.resource.gpu.amount", "1");
    assertThat(applications.get(0).executor.gpu.quantity).isEqualTo(1);
  }

  private static List<JsonNode> render(String... values) {
    TemplateCommand template = new Helm(FOLDER.resolve("chart")).template().withName("test");
    for (String value : values) {
      int equals = value.indexOf('=');
      template = template.set(value.substring(0, equals), value.substring(equals + 1));
    }
    return Manifests.documents(template.call());
  }

  private static List<ApplicationSpec> applications(List<JsonNode> documents) {
    return documents.stream()
        .map(Manifests::check)
        .filter(application -> application != null)
        .toList();
  }
}
