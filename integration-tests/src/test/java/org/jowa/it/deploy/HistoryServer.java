package org.jowa.it.deploy;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;

/** Spark's history server over a folder of event logs, on a free port of the loopback interface. */
final class HistoryServer implements AutoCloseable {
  private static final long START_SECONDS = 600;

  /** In a line of the server's own, or of its web server's. */
  private static final Pattern PORT = Pattern.compile("HistoryServerUI' on port (\\d+)");

  private final Process process;
  private final Path log;
  private final HttpClient client = HttpClient.newHttpClient();

  private HistoryServer(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * @param settings given by {@code --properties-file}
   * @param log for what it says
   */
  static HistoryServer start(Path sparkHome, Path settings, Path events, Path log)
      throws IOException {
    Path logging = Files.createTempFile(log.getParent(), "log4j2", ".properties");
    Files.writeString(
        logging,
        """
        rootLogger.level = info
        rootLogger.appenderRef.console.ref = console
        appender.console.type = Console
        appender.console.name = console
        appender.console.layout.type = PatternLayout
        appender.console.layout.pattern = %p %c: %m%n
        """);
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-Xmx256m",
            "-Dlog4j2.configurationFile=" + logging,
            "-Dspark.history.fs.logDirectory=" + events.toUri(),
            "-Dspark.history.ui.port=0",
            "-cp",
            sparkHome.resolve("jars") + "/*",
            "org.apache.spark.deploy.history.HistoryServer",
            "--properties-file",
            settings.toString());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("SPARK_LOCAL_HOSTNAME", "127.0.0.1");
    builder.redirectErrorStream(true).redirectOutput(log.toFile());
    return new HistoryServer(builder.start(), log);
  }

  /** The applications, once there are any: logs are read in the background. */
  JsonNode applications() throws IOException, InterruptedException {
    try {
      return await()
          .atMost(START_SECONDS, TimeUnit.SECONDS)
          .failFast("it ended", () -> !process.isAlive())
          .until(
              () ->
                  PORT.matcher(Files.readString(log)).find()
                      ? get("applications")
                      : MissingNode.getInstance(),
              found -> !found.isEmpty());
    } catch (ConditionTimeoutException | TerminalFailureException e) {
      throw new AssertionError("No application: " + Files.readString(log), e);
    }
  }

  /**
   * @param path below the version of Spark's REST interface
   */
  JsonNode get(String path) throws IOException, InterruptedException {
    Matcher port = PORT.matcher(Files.readString(log));
    if (!port.find()) {
      throw new AssertionError("Doesn't listen: " + Files.readString(log));
    }
    URI address = URI.create("http://127.0.0.1:" + port.group(1) + "/api/v1/" + path);
    HttpResponse<String> response =
        client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new AssertionError(address + " answers " + response.statusCode() + response.body());
    }
    return new ObjectMapper().readTree(response.body());
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
