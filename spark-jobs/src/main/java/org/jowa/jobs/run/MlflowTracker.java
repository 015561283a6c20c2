package org.jowa.jobs.run;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.WholeFiles;
import org.jowa.error.ReportedException;
import org.jowa.jobs.config.Config;
import org.jowa.model.train.RunLayout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on to an MLflow server what a run writes to {@code metrics.jsonl}, from the driver, in a
 * thread of its own: a server that is down, slow or wrong costs what it would have shown, never the
 * run. What it missed is sent when it is back. {@code RUN/mlflow.json} says which of the server's
 * runs this one is, so that a resumed run goes on in the same.
 */
public final class MlflowTracker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MlflowTracker.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String METRICS = RunLayout.METRICS;

  /** In the run folder. */
  static final String FILE = RunLayout.MLFLOW;

  /**
   * How long things take.
   *
   * @param every from one look at the metrics to the next
   * @param patience with one request
   * @param farewell with the last ones of a run, in all
   */
  record Pace(Duration every, Duration patience, Duration farewell) {
    static final Pace STANDARD =
        new Pace(Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(20));
  }

  /**
   * What the server has.
   *
   * @param server its address
   * @param runId its name for this run
   * @param sent the last step of each stage that it was sent
   */
  record Sent(String server, String runId, Map<String, Long> sent) {}

  private final RunFolder run;
  private final Config config;
  private final URI server;
  private final MlflowClient client;
  private final Pace pace;
  private final long started = System.currentTimeMillis();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "jowa-mlflow");
            thread.setDaemon(true);
            return thread;
          });

  private @Nullable Sent sent;
  private volatile String end = "FAILED";
  private boolean warned;

  private MlflowTracker(RunFolder run, Config config, URI server, Pace pace) {
    this.run = run;
    this.config = config;
    this.server = server;
    this.client = new MlflowClient(server, pace.patience(), System.getenv());
    this.pace = pace;
  }

  /**
   * Starts to pass on, if the configuration names a server.
   *
   * @throws org.jowa.error.UsageException if what it names is no address
   */
  static Optional<MlflowTracker> start(RunFolder run, Config config) {
    return start(run, config, Pace.STANDARD);
  }

  static Optional<MlflowTracker> start(RunFolder run, Config config, Pace pace) {
    requireAddress(config);
    return config
        .settings()
        .metrics()
        .mlflow()
        .map(MlflowClient::address)
        .map(
            server -> {
              MlflowTracker tracker = new MlflowTracker(run, config, server, pace);
              tracker.timer.scheduleWithFixedDelay(
                  tracker::pass, 0, pace.every().toMillis(), TimeUnit.MILLISECONDS);
              return tracker;
            });
  }

  /**
   * @throws org.jowa.error.UsageException if the configuration names what is no address
   */
  public static void requireAddress(Config config) {
    config.settings().metrics().mlflow().ifPresent(MlflowClient::address);
  }

  /** The run came to its end; without this it is shown as failed. */
  void finished() {
    end = "FINISHED";
  }

  /** Sends the rest, if the server takes it soon. */
  @Override
  public void close() {
    timer.execute(this::passLast);
    timer.shutdown();
    try {
      if (!timer.awaitTermination(pace.farewell().toMillis(), TimeUnit.MILLISECONDS)) {
        timer.shutdownNow();
        LOG.warn("The MLflow server {} didn't take the last metrics in time", server);
      }
    } catch (InterruptedException e) {
      timer.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private void pass() {
    trying(this::sendNew);
  }

  private void passLast() {
    trying(
        () -> {
          sendNew();
          client.endRun(begun().runId(), end, System.currentTimeMillis());
        });
  }

  private interface Attempt {
    void run() throws IOException, InterruptedException;
  }

  private void trying(Attempt attempt) {
    try {
      attempt.run();
      if (warned) {
        LOG.info("The MLflow server {} takes metrics again", server);
        warned = false;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      if (!warned) {
        LOG.warn(
            "Can't log to the MLflow server {}: {}; the run goes on, its metrics are in {}. Mend"
                + " the server, or set metrics.mlflow=null",
            server,
            e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage(),
            run.storage().describe(METRICS));
        warned = true;
      }
    }
  }

  private Sent begun() {
    return requireNonNull(sent, "no run was begun");
  }

  private void sendNew() throws IOException, InterruptedException {
    if (sent == null) {
      Optional<Sent> earlier = earlier();
      if (earlier.isPresent()) {
        client.resumeRun(earlier.get().runId());
        sent = earlier.get();
      } else {
        begin();
      }
    }
    Map<String, Long> steps = new TreeMap<>(begun().sent());
    List<MlflowClient.Metric> metrics = new ArrayList<>();
    for (JsonNode line : lines()) {
      String stage = line.path("stage").asText();
      long step = line.path("step").asLong();
      if (step <= steps.getOrDefault(stage, -1L)) {
        continue;
      }
      List<MlflowClient.Metric> own = new ArrayList<>();
      flatten(stage, line, step, System.currentTimeMillis(), own);
      if (metrics.size() + own.size() > MlflowClient.MOST_METRICS) {
        send(metrics, steps);
        metrics.clear();
      }
      metrics.addAll(own);
      steps.put(stage, step);
    }
    if (!metrics.isEmpty()) {
      send(metrics, steps);
    }
  }

  private void send(List<MlflowClient.Metric> metrics, Map<String, Long> steps)
      throws IOException, InterruptedException {
    Sent before = begun();
    client.logMetrics(before.runId(), metrics);
    keep(new Sent(before.server(), before.runId(), Map.copyOf(steps)));
  }

  private Optional<Sent> earlier() {
    return sent(run).filter(before -> before.server().equals(server.toString()));
  }

  /** What a server has of a run, if the run was passed on to one. */
  static Optional<Sent> sent(RunFolder run) {
    if (!run.storage().exists(FILE)) {
      return Optional.empty();
    }
    String json = new String(run.storage().read(FILE), StandardCharsets.UTF_8);
    return Optional.of(Json.read(json, Sent.class, run.storage().describe(FILE)));
  }

  private void begin() throws IOException, InterruptedException {
    String experiment = client.experiment(config.settings().metrics().mlflowExperiment());
    String name = run.uri().replaceFirst("/+$", "").replaceFirst(".*/", "");
    String id = client.createRun(experiment, name, started);
    // Before parameters: if those fail, the next attempt goes on with this run.
    keep(new Sent(server.toString(), id, Map.of()));
    client.logParameters(id, config.values());
  }

  private void keep(Sent now) {
    WholeFiles.write(run.storage(), FILE, Json.bytes(now));
    sent = now;
  }

  private List<JsonNode> lines() {
    List<JsonNode> lines = new ArrayList<>();
    if (!run.storage().exists(METRICS)) {
      return lines;
    }
    String text;
    try {
      text = new String(run.storage().read(METRICS), StandardCharsets.UTF_8);
    } catch (ReportedException e) {
      // It is being written anew.
      return lines;
    }
    for (String line : text.split("\n")) {
      try {
        JsonNode object = JSON.readTree(line);
        if (object.hasNonNull("stage")) {
          lines.add(object);
        }
      } catch (JsonProcessingException e) {
        // The last one, half written.
      }
    }
    return lines;
  }

  private static void flatten(
      String prefix, JsonNode object, long step, long now, List<MlflowClient.Metric> into) {
    for (Map.Entry<String, JsonNode> part : object.properties()) {
      JsonNode value = part.getValue();
      String key = prefix + "/" + part.getKey();
      if (value.isObject()) {
        flatten(key, value, step, now, into);
      } else if (value.isNumber()
          && !part.getKey().equals("step")
          && Double.isFinite(value.asDouble())) {
        into.add(new MlflowClient.Metric(key, value.asDouble(), now, step));
      }
    }
  }
}
