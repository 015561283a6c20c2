package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.jowa.it.deploy.Manifests;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The archive submits to Kubernetes by Spark's own client. API server and node are stand-ins: what
 * they are told is what a cluster would be told.
 */
class KubernetesIT {
  private static final String APPLICATION = "local:///opt/jowa/lib/jowa-0.1.0-SNAPSHOT.jar";

  @TempDir private static Path folder;
  private static Path archive;
  private static Path sparkHome;
  private static Map<String, String> environment;

  @BeforeAll
  static void linkSparkTogether() {
    archive = Archive.folder();
    sparkHome = SparkHome.of("deploy/spark-home");
    environment = Map.of("SPARK_HOME", sparkHome.toString(), "SPARK_LOCAL_IP", "127.0.0.1");
  }

  /** The command of deploy/kubernetes/README.md, word for word but for the cluster's address. */
  @Test
  void documentedCommandMakesADriverThatCanMakeTheExecutors() throws IOException {
    try (ApiServer api = ApiServer.start(ApiServer.Node.FULL)) {
      ProcessBuilder shell =
          new ProcessBuilder(
              "bash",
              "-c",
              "cd '"
                  + archive
                  + "' && "
                  + documented().replace("k8s://https://HOST:6443", api.master())
                  + " --conf spark.kubernetes.submission.waitAppCompletion=false"
                  + " --conf spark.hadoop.fs.s3a.secret.key=must-not-be-seen");
      shell.environment().putAll(environment);
      Jowa.Result result = new Jowa(folder).start(shell).await().ok();
      assertThat(result.err() + result.out()).doesNotContain("must-not-be-seen");
      assertThat(result.err())
          .containsOnlyOnce("spark.hadoop.fs.s3a.secret.key")
          .contains("config map");
      assertThat(api.refused()).isEmpty();
      assertThat(api.all("Pod")).hasSize(1);
      ObjectNode driver = api.all("Pod").get(0);
      assertDriver(driver);
      assertConfiguration(api, driver);
      JsonNode service = api.all("Service").get(0);
      assertThat(service.at("/spec/selector/spark-app-selector"))
          .isEqualTo(driver.at("/metadata/labels/spark-app-selector"));
    }
  }

  /** Spark's own scheduler for Kubernetes makes the pods; what their containers run is real. */
  @Test
  void driverMakesExecutorsFromTheTemplateAndTrainsOnThem() throws IOException {
    Jowa local = new Jowa(folder).with(archive.resolve("bin/jowa"), environment);
    local.run(SmallTraining.ingest("Breakout", 1500, 2, "data")).ok();
    try (PodProcesses node = new PodProcesses(folder.resolve("pods"), sparkHome);
        ApiServer api = ApiServer.start(node)) {
      Map<String, String> onNodes = new TreeMap<>(environment);
      onNodes.put("JOWA_JARS_ROOT", "local://" + archive.resolve("lib"));
      Jowa.Result result =
          local
              .with(archive.resolve("bin/jowa"), onNodes)
              .run(
                  SmallTraining.tokenizer(
                      "--data=data",
                      "--run=run",
                      "--ranks=2",
                      "--set=tokenizer.steps=2",
                      // On a busy machine executors take their time.
                      "--set=launch.slots-wait-seconds=600",
                      "--master=" + api.master(),
                      "--conf=spark.driver.host=127.0.0.1",
                      "--conf=spark.driver.bindAddress=127.0.0.1",
                      "--conf=spark.kubernetes.container.image=jowa:0.1.0",
                      "--conf=spark.executor.instances=2",
                      "--conf=spark.executor.cores=1",
                      "--conf=spark.executor.memory=512m",
                      "--conf=spark.executor.memoryOverhead=6g",
                      "--conf=spark.kubernetes.executor.podTemplateFile="
                          + archive.resolve("deploy/kubernetes/executor-pod-template.yaml"),
                      "--conf=spark.kubernetes.executor.secretKeyRef.AWS_SECRET_ACCESS_KEY=s3:secret-key",
                      // The stand-in answers questions, and sends no news.
                      "--conf=spark.kubernetes.executor.enableApiWatcher=false",
                      "--conf=spark.kubernetes.executor.apiPollingInterval=1s"));
      assertThat(result.status())
          .as("exit status; standard error: %s; pods: %s", result.err(), node.logs())
          .isZero();
      assertThat(folder.resolve("run/tokenizer/checkpoints/step-00000002/state.json")).exists();
      assertThat(api.refused()).isEmpty();
      assertThat(api.all("Pod")).hasSize(2).allSatisfy(KubernetesIT::assertExecutor);
    }
  }

  private static void assertExecutor(ObjectNode pod) {
    assertThat(pod.at("/metadata/name").asText()).matches("jowa-train-tokenizer-\\w+-exec-[12]");
    assertThat(pod.at("/metadata/labels/app.kubernetes.io~1name").asText()).isEqualTo("jowa");
    assertThat(pod.at("/metadata/labels/spark-role").asText()).isEqualTo("executor");
    assertThat(pod.at("/spec/securityContext/runAsUser").asInt()).isEqualTo(185);
    JsonNode container = pod.at("/spec/containers/0");
    assertThat(container.path("name").asText()).isEqualTo("spark-kubernetes-executor");
    assertThat(texts(container.path("args"))).containsExactly("executor");
    // 512 MiB of heap and 6 GiB beside it.
    assertThat(container.at("/resources/limits/memory").asText()).isEqualTo("6656Mi");
    assertThat(container.at("/resources/requests/cpu").asText()).isEqualTo("1");
    assertThat(named(container.path("env"), "name", "MKL_DYNAMIC").path("value").asText())
        .isEqualTo("FALSE");
    assertThat(named(container.path("env"), "name", "OMP_NUM_THREADS").path("value").asText())
        .isEqualTo("1");
    assertSharedMemoryAndSecret(pod);
  }

  private static String documented() throws IOException {
    String text = Files.readString(archive.resolve("deploy/kubernetes/README.md"));
    int start = text.indexOf("bin/jowa pretrain");
    return text.substring(start, text.indexOf("\n```", start));
  }

  private static void assertDriver(ObjectNode pod) {
    assertThat(pod.at("/metadata/name").asText()).matches("jowa-pretrain-\\w+-driver");
    assertThat(pod.at("/metadata/labels/app.kubernetes.io~1name").asText()).isEqualTo("jowa");
    assertThat(pod.at("/metadata/labels/spark-role").asText()).isEqualTo("driver");
    assertThat(pod.at("/spec/serviceAccountName").asText()).isEqualTo("jowa-spark");
    assertThat(pod.at("/spec/restartPolicy").asText()).isEqualTo("Never");
    JsonNode container = pod.at("/spec/containers/0");
    assertThat(container.path("image").asText()).isEqualTo("jowa:0.1.0");
    assertThat(texts(container.path("args")))
        .startsWith("driver")
        .containsSubsequence("--class", "org.jowa.jobs.Main", APPLICATION, "pretrain")
        .endsWith("--preset", "40m", "--ranks", "4", "--threads", "8");
    // 1 GiB of heap, which is Spark's default, and 1 GiB beside it.
    assertThat(container.at("/resources/limits/memory").asText()).isEqualTo("2048Mi");
    assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
    assertSharedMemoryAndSecret(pod);
  }

  private static void assertSharedMemoryAndSecret(ObjectNode pod) {
    JsonNode container = pod.at("/spec/containers/0");
    JsonNode mount = named(container.path("volumeMounts"), "mountPath", "/dev/shm");
    JsonNode volume = named(pod.at("/spec/volumes"), "name", mount.path("name").asText());
    assertThat(volume.at("/emptyDir/medium").asText()).isEqualTo("Memory");
    assertThat(volume.at("/emptyDir/sizeLimit").asText()).isEqualTo("2Gi");
    JsonNode secret = named(container.path("env"), "name", "AWS_SECRET_ACCESS_KEY");
    assertThat(secret.has("value")).isFalse();
    assertThat(secret.at("/valueFrom/secretKeyRef/name").asText()).isEqualTo("s3");
    assertThat(secret.at("/valueFrom/secretKeyRef/key").asText()).isEqualTo("secret-key");
  }

  /** What the driver is given to make executors from: settings and the template, by config maps. */
  private static void assertConfiguration(ApiServer api, ObjectNode driver) throws IOException {
    JsonNode settings = mounted(api, driver, "/opt/spark/conf");
    Properties properties = new Properties();
    properties.load(new StringReader(settings.path("spark.properties").asText()));
    Map<String, String> found = new TreeMap<>();
    properties.stringPropertyNames().forEach(name -> found.put(name, properties.getProperty(name)));
    assertThat(found)
        .containsEntry("spark.executor.instances", "4")
        .containsEntry("spark.executor.cores", "8")
        .containsEntry("spark.executor.memoryOverhead", "6g")
        .containsEntry(
            "spark.kubernetes.executor.secretKeyRef.AWS_SECRET_ACCESS_KEY", "s3:secret-key")
        .containsEntry(
            "spark.kubernetes.executor.podTemplateFile",
            "/opt/spark/pod-template/pod-spec-template.yml");
    assertThat(found.get("spark.jars").split(","))
        .allMatch(jar -> jar.startsWith("local:///opt/jowa/lib/"))
        .contains(APPLICATION);
    JsonNode template = mounted(api, driver, "/opt/spark/pod-template");
    assertThat(template).hasSize(1);
    JsonNode pod = Manifests.documents(template.elements().next().asText()).get(0);
    assertThat(pod)
        .isEqualTo(
            Manifests.documents(
                    Files.readString(
                        archive.resolve("deploy/kubernetes/executor-pod-template.yaml")))
                .get(0));
  }

  /** The data of the config map that a pod has mounted at a path. */
  private static JsonNode mounted(ApiServer api, ObjectNode pod, String path) {
    JsonNode mount = named(pod.at("/spec/containers/0/volumeMounts"), "mountPath", path);
    JsonNode volume = named(pod.at("/spec/volumes"), "name", mount.path("name").asText());
    String name = volume.at("/configMap/name").asText();
    return api.all("ConfigMap").stream()
        .filter(map -> map.at("/metadata/name").asText().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("No config map " + name))
        .path("data");
  }

  private static JsonNode named(JsonNode list, String field, String value) {
    return StreamSupport.stream(list.spliterator(), false)
        .filter(element -> element.path(field).asText().equals(value))
        .findFirst()
        .orElseThrow(() -> new AssertionError("No " + field + " " + value + " in " + list));
  }

  private static List<String> texts(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList();
  }
}
