package org.jowa.jobs.play;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.awaitility.core.ConditionTimeoutException;

/** A page in a headless Chromium, driven by its DevTools protocol. Belongs to one thread. */
final class Chromium implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome-stable", "google-chrome");
  private static final long PATIENCE_SECONDS = 120;

  private final Process process;
  private final WebSocket socket;
  private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
  private String session;
  private int lastId;
  private boolean touching;

  /** The browser of this machine, if it has one. */
  static Optional<Path> find() {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Opens a page.
   *
   * @param folder for the browser's own files
   */
  Chromium(Path browser, Path folder, URI page) throws Exception {
    process =
        new ProcessBuilder(
                browser.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("chromium.log").toFile())
            .start();
    List<String> door = door(folder.resolve("DevToolsActivePort"));
    socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create("ws://127.0.0.1:" + door.get(0) + door.get(1)), new Listener())
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    String target =
        send("Target.createTarget", Map.of("url", page.toString())).get("targetId").asText();
    session =
        send("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .get("sessionId")
            .asText();
  }

  private List<String> door(Path file) {
    try {
      return patiently("Chromium to start")
          .failFast("Chromium ended", () -> !process.isAlive())
          .until(
              () -> Files.exists(file) ? Files.readAllLines(file) : List.<String>of(),
              lines -> lines.size() == 2);
    } catch (RuntimeException e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private static ConditionFactory patiently(String what) {
    return Awaitility.await(what)
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(20))
        .pollInSameThread();
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        try {
          answers.add(JSON.readTree(text.toString()));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  private JsonNode send(String method, Map<String, ?> parameters) throws Exception {
    int id = ++lastId;
    Map<String, Object> message =
        session == null
            ? Map.of("id", id, "method", method, "params", parameters)
            : Map.of("id", id, "method", method, "params", parameters, "sessionId", session);
    socket.sendText(JSON.writeValueAsString(message), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    while (true) {
      JsonNode answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (answer == null || answer.has("error") && answer.path("id").asInt() == id) {
        throw new IOException(method + ": " + answer);
      }
      if (answer.path("id").asInt() == id) {
        return answer.get("result");
      }
    }
  }

  /** What a JavaScript expression comes to. */
  JsonNode evaluate(String expression) throws Exception {
    return send("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true))
        .path("result")
        .path("value");
  }

  /** Waits until a JavaScript condition holds. */
  void await(String condition) throws Exception {
    try {
      patiently(condition).until(() -> evaluate(condition).asBoolean());
    } catch (ConditionTimeoutException e) {
      throw new IOException("The page reads " + evaluate("document.body.innerText"), e);
    }
  }

  /** Presses a key, which stays down; {@code code} as in a KeyboardEvent. */
  void press(String code) throws Exception {
    key("rawKeyDown", code);
  }

  void release(String code) throws Exception {
    key("keyUp", code);
  }

  /** Shows the page anew as a phone does, with a touch screen. */
  void becomePhone(int width, int height) throws Exception {
    send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", true));
    send("Emulation.setTouchEmulationEnabled", Map.of("enabled", true, "maxTouchPoints", 5));
    send("Page.reload", Map.of());
  }

  /**
   * Fingers on the page, those of before lifted.
   *
   * @param points x and y of each, in pixels of the window
   */
  void touch(int[]... points) throws Exception {
    if (touching) {
      send("Input.dispatchTouchEvent", Map.of("type", "touchEnd", "touchPoints", List.of()));
    }
    touching = points.length > 0;
    if (touching) {
      List<Map<String, Integer>> fingers =
          IntStream.range(0, points.length)
              .mapToObj(i -> Map.of("x", points[i][0], "y", points[i][1], "id", i))
              .toList();
      send("Input.dispatchTouchEvent", Map.of("type", "touchStart", "touchPoints", fingers));
    }
  }

  /** Writes what the window shows, as PNG. */
  void screenshot(Path file) throws Exception {
    String png = send("Page.captureScreenshot", Map.of()).get("data").asText();
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(png));
  }

  private void key(String type, String code) throws Exception {
    send("Input.dispatchKeyEvent", Map.of("type", type, "code", code, "key", code));
  }

  /**
   * Lets the browser end by itself, since only then all of its processes leave its folder alone.
   */
  @Override
  public void close() throws Exception {
    session = null;
    try {
      send("Browser.close", Map.of());
    } finally {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      socket.abort();
    }
  }
}
