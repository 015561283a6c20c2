package org.jowa.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands in for a node: runs the container of each executor's pod as a process on this machine,
 * with the variables of its pod and the words that the entry point of Spark's images makes of them.
 */
final class PodProcesses implements ApiServer.Node, AutoCloseable {
  private static final String BACKEND =
      "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend";

  private final Path folder;
  private final Path sparkHome;
  private final Map<String, ChildProcess> running = new ConcurrentHashMap<>();

  PodProcesses(Path folder, Path sparkHome) {
    this.folder = folder;
    this.sparkHome = sparkHome;
  }

  @Override
  public void start(ObjectNode pod) {
    String name = pod.at("/metadata/name").asText();
    try {
      Path own = Files.createDirectories(folder.resolve(name));
      Map<String, String> variables = variables(pod);
      // A volume of the pod's own.
      variables.put("SPARK_LOCAL_DIRS", own.resolve("local").toString());
      variables.put("SPARK_LOCAL_IP", "127.0.0.1");
      ChildProcess process =
          ChildProcess.start(own.resolve("executor.log"), words(variables), variables);
      running.put(name, process);
      pod.withObject("/status").put("phase", "Running").put("podIP", "127.0.0.1");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, String> variables(ObjectNode pod) {
    Map<String, String> variables = new HashMap<>();
    for (JsonNode variable : pod.at("/spec/containers/0/env")) {
      String field = variable.at("/valueFrom/fieldRef/fieldPath").asText();
      String value =
          switch (field) {
            case "status.podIP" -> "127.0.0.1";
            case "metadata.name" -> pod.at("/metadata/name").asText();
            default -> variable.path("value").asText();
          };
      variables.put(variable.path("name").asText(), value);
    }
    return variables;
  }

  /** As {@code entrypoint.sh executor} has them. */
  private List<String> words(Map<String, String> variables) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    new TreeMap<>(variables)
        .forEach(
            (name, value) -> {
              if (name.startsWith("SPARK_JAVA_OPT_")) {
                words.add(value);
              }
            });
    words.add("-Xmx" + variables.get("SPARK_EXECUTOR_MEMORY"));
    words.addAll(List.of("-cp", sparkHome + "/conf:" + sparkHome + "/jars/*", BACKEND));
    words.addAll(List.of("--driver-url", variables.get("SPARK_DRIVER_URL")));
    words.addAll(List.of("--executor-id", variables.get("SPARK_EXECUTOR_ID")));
    words.addAll(List.of("--cores", variables.get("SPARK_EXECUTOR_CORES")));
    words.addAll(List.of("--app-id", variables.get("SPARK_APPLICATION_ID")));
    words.addAll(List.of("--hostname", variables.get("SPARK_EXECUTOR_POD_IP")));
    words.addAll(List.of("--resourceProfileId", variables.get("SPARK_RESOURCE_PROFILE_ID")));
    words.addAll(List.of("--podName", variables.get("SPARK_EXECUTOR_POD_NAME")));
    return words;
  }

  /** What the executors said. */
  String logs() {
    return String.join("\n\n", running.values().stream().map(ChildProcess::tail).toList());
  }

  @Override
  public void end(String name) {
    if (running.containsKey(name)) {
      running.get(name).close();
    }
  }

  @Override
  public void close() {
    running.values().forEach(ChildProcess::close);
  }
}
