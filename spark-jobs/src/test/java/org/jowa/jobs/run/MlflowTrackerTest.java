package org.jowa.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.hadoop.conf.Configuration;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.MlflowTracker.Pace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a server that speaks as much of the API as is used. */
class MlflowTrackerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration SOON = Duration.ofMillis(20);
  private static final Duration LATE = Duration.ofSeconds(60);

  @TempDir private Path folder;
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final List<JsonNode> bodies = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch hanging = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private HttpServer server;
  private volatile int failures;
  private volatile boolean hangs;
  private volatile String artifacts = "mlflow-artifacts:/7/r1/artifacts";
  private volatile String artifact = "";

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    hanging.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void aRunIsLoggedAndAResumedOneGoesOnInTheSame() throws IOException {
    log(10, 20);
    run(true);
    assertThat(asked)
        .startsWith(
            "experiments/get-by-name?experiment_name=atari+games",
            "experiments/create",
            "runs/create",
            "runs/log-batch")
        .endsWith("runs/update");
    assertThat(bodies.get(1).path("name").asText()).isEqualTo("atari games");
    assertThat(bodies.get(2).path("run_name").asText()).isEqualTo("pong");
    assertThat(bodies.get(3).findValuesAsText("key")).contains("seed", "world.layers");
    assertThat(metrics())
        .containsExactly(
            "stage1/loss 0.5 10",
            "stage1/heldOut/loss 0.25 10",
            "stage1/loss 0.5 20",
            "stage1/heldOut/loss 0.25 20");
    assertThat(last().path("status").asText()).isEqualTo("FAILED");

    asked.clear();
    bodies.clear();
    log(10, 20, 30);
    run(false);
    assertThat(asked).startsWith("runs/update").doesNotContain("runs/create");
    assertThat(bodies.get(0).path("run_id").asText()).isEqualTo("r1");
    assertThat(metrics()).containsExactly("stage1/loss 0.5 30", "stage1/heldOut/loss 0.25 30");
    assertThat(last().path("status").asText()).isEqualTo("FINISHED");
  }

  @Test
  void whatAServerMissedIsSentWhenItIsBack() throws Exception {
    failures = 5;
    log(10);
    MlflowTracker tracker = MlflowTracker.start(folder(), config(url()), pace(LATE)).orElseThrow();
    await().atMost(LATE).until(() -> !metrics().isEmpty());
    tracker.finished();
    tracker.close();
    assertThat(failures).isLessThanOrEqualTo(0);
    assertThat(metrics()).containsExactly("stage1/loss 0.5 10", "stage1/heldOut/loss 0.25 10");
  }

  /** Returns, which is what counts: whoever trains waits for nothing else. */
  @Test
  void aServerThatHangsOrIsGoneHoldsNobody() throws IOException {
    log(10);
    hangs = true;
    MlflowTracker.start(folder(), config(url()), pace(SOON)).orElseThrow().close();
    server.stop(0);
    MlflowTracker.start(folder(), config(url()), pace(SOON)).orElseThrow().close();
    assertThat(folder.resolve("pong/mlflow.json")).doesNotExist();
  }

  @Test
  void aReportIsPutAmongTheArtifactsOfARunThatIsThere() throws IOException {
    log(10);
    Files.writeString(folder.resolve("pong/report.html"), "<p>12 points</p>");
    MlflowArtifact.send(folder(), "report.html", LATE);
    assertThat(asked).isEmpty();

    run(false);
    asked.clear();
    MlflowArtifact.send(folder(), "report.html", LATE);
    assertThat(asked)
        .containsExactly(
            "runs/get?run_id=r1", "/api/2.0/mlflow-artifacts/artifacts/7/r1/artifacts/report.html");
    assertThat(artifact).isEqualTo("<p>12 points</p>");

    // Whatever is wrong with the server, a report is a report.
    artifacts = "s3://bucket/7/r1/artifacts";
    asked.clear();
    MlflowArtifact.send(folder(), "report.html", LATE);
    assertThat(asked).containsExactly("runs/get?run_id=r1");
    failures = 1;
    MlflowArtifact.send(folder(), "report.html", LATE);
    server.stop(0);
    MlflowArtifact.send(folder(), "report.html", SOON);
  }

  @Test
  void withoutAnAddressNothingIsLogged() {
    assertThat(MlflowTracker.start(folder(), Config.preset("tiny"))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"host:5000", "ftp://host", "http://", "http://a b"})
  void whatIsNoAddressIsRefused(String text) {
    assertThatThrownBy(() -> MlflowTracker.requireAddress(config(text)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("metrics.mlflow")
        .hasMessageContaining(text);
  }

  private void run(boolean failed) {
    MlflowTracker tracker = MlflowTracker.start(folder(), config(url()), pace(LATE)).orElseThrow();
    if (!failed) {
      tracker.finished();
    }
    tracker.close();
  }

  private Pace pace(Duration patience) {
    return new Pace(Duration.ofMillis(5), patience, patience);
  }

  private RunFolder folder() {
    return RunFolder.at(folder.resolve("pong").toString(), new Configuration());
  }

  private static Config config(String address) {
    return Config.preset("tiny")
        .with(List.of("metrics.mlflow=" + address, "metrics.mlflow-experiment=atari games"));
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  private void log(int... steps) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int step : steps) {
      lines.append(
          "{\"stage\":\"stage1\",\"step\":%s,\"loss\":0.5,\"bad\":\"NaN\",\"heldOut\":{\"loss\":0.25}}\n"
              .formatted(step));
    }
    Files.createDirectories(folder.resolve("pong"));
    Files.writeString(folder.resolve("pong/metrics.jsonl"), lines + "{\"stage\":\"sta");
  }

  private List<String> metrics() {
    List<String> metrics = new ArrayList<>();
    for (JsonNode body : List.copyOf(bodies)) {
      for (JsonNode metric : body.path("metrics")) {
        metrics.add(
            "%s %s %s"
                .formatted(
                    metric.get("key").asText(),
                    metric.get("value").asText(),
                    metric.get("step").asText()));
      }
    }
    return metrics;
  }

  private JsonNode last() {
    return bodies.get(bodies.size() - 1);
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (hangs) {
      try {
        hanging.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    String path = exchange.getRequestURI().toString().replaceFirst("^/api/2.0/mlflow/", "");
    if (failures-- > 0) {
      send(exchange, 503, "try\nlater");
      return;
    }
    asked.add(path);
    if (exchange.getRequestMethod().equals("PUT")) {
      artifact = new String(body, StandardCharsets.UTF_8);
      send(exchange, 200, "{}");
      return;
    }
    bodies.add(body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body));
    if (path.startsWith("experiments/get-by-name")) {
      send(exchange, 404, "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\"}");
    } else if (path.equals("experiments/create")) {
      send(exchange, 200, "{\"experiment_id\": \"7\"}");
    } else if (path.equals("runs/create")) {
      send(exchange, 200, "{\"run\": {\"info\": {\"run_id\": \"r1\"}}}");
    } else if (path.startsWith("runs/get")) {
      send(exchange, 200, "{\"run\":{\"info\":{\"artifact_uri\":\"" + artifacts + "\"}}}");
    } else {
      send(exchange, 200, "{}");
    }
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    try (exchange) {
      exchange.getResponseBody().write(bytes);
    }
  }
}
