package org.jowa.jobs.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jowa.error.UsageException;

/**
 * The part of MLflow's REST API (version 2.0) that logs a run and takes its artifacts. Credentials
 * are those that MLflow's own clients take from the environment: {@code MLFLOW_TRACKING_TOKEN}, or
 * {@code MLFLOW_TRACKING_USERNAME} and {@code MLFLOW_TRACKING_PASSWORD}.
 */
final class MlflowClient {
  /** The API takes no more of them at once. */
  static final int MOST_METRICS = 1000;

  static final int MOST_PARAMETERS = 100;

  private static final int LONGEST_VALUE = 500;
  private static final int NOT_FOUND = 404;

  /** Begins the address of artifacts that the server takes itself. */
  private static final String PROXIED = "mlflow-artifacts:";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI server;
  private final Duration patience;
  private final Map<String, String> environment;
  private final HttpClient http;

  /** One number of one step. */
  record Metric(String key, double value, long timestamp, long step) {}

  /**
   * @param server address of the tracking server, without {@code /api}
   * @param patience after which a request has failed
   * @param environment that credentials stand in
   */
  MlflowClient(URI server, Duration patience, Map<String, String> environment) {
    this.server = server;
    this.patience = patience;
    this.environment = environment;
    this.http = HttpClient.newBuilder().connectTimeout(patience).build();
  }

  /**
   * @throws UsageException if it is no address of a server
   */
  static URI address(String text) {
    try {
      URI uri = URI.create(text.replaceFirst("/+$", ""));
      if (uri.getHost() != null && List.of("http", "https").contains(uri.getScheme())) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new UsageException(
        "Configuration key metrics.mlflow is the address of an MLflow server, http://host:5000 for"
            + " instance, or null; found "
            + text);
  }

  /** The id of an experiment, which is made if there is none of the name. */
  String experiment(String name) throws IOException, InterruptedException {
    HttpResponse<String> found =
        send(request("experiments/get-by-name?experiment_name=" + encode(name)).GET().build());
    if (found.statusCode() != NOT_FOUND) {
      return answer(found).at("/experiment/experiment_id").asText();
    }
    return post("experiments/create", Map.of("name", name)).path("experiment_id").asText();
  }

  /** Begins a run and returns its id. */
  String createRun(String experiment, String name, long startMillis)
      throws IOException, InterruptedException {
    return post(
            "runs/create",
            Map.of("experiment_id", experiment, "run_name", name, "start_time", startMillis))
        .at("/run/info/run_id")
        .asText();
  }

  void logParameters(String run, Map<String, String> parameters)
      throws IOException, InterruptedException {
    List<Map<String, String>> all = new ArrayList<>();
    parameters.forEach((key, value) -> all.add(Map.of("key", key, "value", shortened(value))));
    for (int from = 0; from < all.size(); from += MOST_PARAMETERS) {
      List<?> part = all.subList(from, Math.min(all.size(), from + MOST_PARAMETERS));
      post("runs/log-batch", Map.of("run_id", run, "params", part));
    }
  }

  /**
   * @param metrics at most {@link #MOST_METRICS}
   */
  void logMetrics(String run, List<Metric> metrics) throws IOException, InterruptedException {
    post("runs/log-batch", Map.of("run_id", run, "metrics", metrics));
  }

  /**
   * @param status as MLflow names it: FINISHED or FAILED
   */
  void endRun(String run, String status, long endMillis) throws IOException, InterruptedException {
    post("runs/update", Map.of("run_id", run, "status", status, "end_time", endMillis));
  }

  /** A run that ended before goes on. */
  void resumeRun(String run) throws IOException, InterruptedException {
    post("runs/update", Map.of("run_id", run, "status", "RUNNING"));
  }

  /**
   * Puts a file among a run's artifacts.
   *
   * @throws IOException also if the server doesn't take artifacts itself
   */
  void putArtifact(String run, String name, byte[] content)
      throws IOException, InterruptedException {
    String place =
        answer(send(request("runs/get?run_id=" + encode(run)).GET().build()))
            .at("/run/info/artifact_uri")
            .asText();
    if (!place.startsWith(PROXIED)) {
      throw new IOException(
          "it keeps artifacts in %s, where only MLflow's own clients write; mlflow server --serve-artifacts takes them itself"
              .formatted(place));
    }
    String path = URI.create(place).getRawPath() + "/" + encode(name);
    answer(
        send(
            authorised("/api/2.0/mlflow-artifacts/artifacts" + path)
                .PUT(HttpRequest.BodyPublishers.ofByteArray(content))
                .build()));
  }

  private static String shortened(String value) {
    return value.length() <= LONGEST_VALUE ? value : value.substring(0, LONGEST_VALUE);
  }

  private JsonNode post(String path, Map<String, ?> body) throws IOException, InterruptedException {
    return answer(
        send(
            request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                .build()));
  }

  private HttpRequest.Builder request(String path) {
    return authorised("/api/2.0/mlflow/" + path);
  }

  private HttpRequest.Builder authorised(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(server + path)).timeout(patience);
    String token = environment.get("MLFLOW_TRACKING_TOKEN");
    String user = environment.get("MLFLOW_TRACKING_USERNAME");
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    } else if (user != null) {
      String pair = user + ":" + environment.getOrDefault("MLFLOW_TRACKING_PASSWORD", "");
      request.header(
          "Authorization",
          "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
    }
    return request;
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode answer(HttpResponse<String> response) throws IOException {
    if (response.statusCode() != 200) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "it answered %d%s",
              response.statusCode(),
              response.body().isBlank()
                  ? ""
                  : ": " + shortened(response.body().strip().replaceAll("\\s+", " "))));
    }
    return JSON.readTree(response.body());
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
