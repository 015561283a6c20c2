package org.jowa.jobs.play;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.pytorch.Tensor;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.replay.ReplayLogWriter;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.play.PlaySession.Emulators;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page on a model that never learned anything, which needs no ROM. */
class PlayServerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Game GAME = Games.byName("Breakout");
  private static final int CODES = 16;
  private static final int STEPS = 60;

  /** Kept after the tests, so that a person can look at it. */
  private static final Path PAGES =
      Path.of(System.getProperty("jowa.project"), "spark-jobs/target/play-pages");

  @TempDir static Path folder;
  private static Tokenizer tokenizer;
  private static WorldDecoder decoder;
  private static RecordedFrames recorded;

  private final HttpClient browser = HttpClient.newHttpClient();
  private PlayServer server;

  @BeforeAll
  static void makeModelAndPlay() throws IOException {
    TorchRuntime.init();
    tokenizer = Tokenizer.create(new TokenizerConfig(4, 8, 8, CODES), 1);
    WorldConfig config =
        Config.preset("tiny")
            .with(List.of("world.layers=1", "world.width=16", "world.heads=2", "world.q-width=8"))
            .settings()
            .world()
            .withCodes(CODES)
            .model();
    try (WorldActionModel model = WorldActionModel.create(config, 1)) {
      // What it imagines has no end, so that every step of a test is one.
      Tensor noEnd = Tensors.of(new float[] {10, -10}, 2);
      decoder =
          WorldDecoder.of(
              config,
              name ->
                  name.equals("head_ends.head_module.2.bias")
                      ? noEnd
                      : model.parameters().get(name));
    }
    recorded = RecordedFrames.of(Dataset.open(ingested()), GAME.name());
  }

  @AfterAll
  static void close() {
    decoder.close();
    tokenizer.close();
  }

  @BeforeEach
  void serve() throws IOException {
    server = start("127.0.0.1:0", Optional.empty());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void thePageComesWithAllItNeedsAndNothingFromElsewhere() throws Exception {
    HttpResponse<String> page = get("/");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
        .contains("default-src 'none'", "script-src 'self'");
    assertThat(page.body()).contains("play.js", "play.css").doesNotContain("https://");
    assertThat(get("/play.js").headers().firstValue("Content-Type").orElseThrow())
        .startsWith("text/javascript");
    assertThat(get("/play.css").body()).contains(".imagined");
    assertThat(get("/api/recorded?frame=3").headers().firstValue("Content-Type").orElseThrow())
        .startsWith("image/png");
  }

  @Test
  void personAndAgentPlayInTheModelInTurns() throws Exception {
    JsonNode begun = json(post("/api/start", "{\"world\":\"model\",\"frame\":7}"));
    assertThat(begun.get("world").asText()).isEqualTo("model");
    assertThat(begun.get("recorded").asInt()).isEqualTo(STEPS);
    assertThat(begun.get("step").asInt()).isZero();
    assertThat(begun.get("screen").asText()).startsWith("data:image/png;base64,");
    assertThat(begun.get("values")).isEmpty();

    JsonNode left = step("{\"player\":\"person\",\"keys\":[\"left\"]}");
    assertThat(left.get("action").asText()).isEqualTo("left");
    assertThat(left.get("step").asInt()).isEqualTo(1);
    JsonNode agent = step("{\"player\":\"agent\"}");
    assertThat(agent.get("player").asText()).isEqualTo("agent");
    assertThat(agent.get("step").asInt()).isEqualTo(2);
    assertThat(agent.get("values")).hasSize(GAME.minimalActions().size());
    JsonNode fire = step("{\"player\":\"person\",\"keys\":[\"fire\",\"up\"]}");
    assertThat(fire.get("action").asText()).isEqualTo("fire");
    assertThat(fire.get("values")).isEmpty();
  }

  @Test
  void anImaginedEpisodeIsTheSameEveryTime() throws Exception {
    String[] pictures = new String[2];
    for (int i = 0; i < 2; i++) {
      post("/api/start", "{\"world\":\"model\",\"frame\":20}");
      for (int j = 0; j < 5; j++) {
        pictures[i] = step("{\"player\":\"person\",\"keys\":[\"right\"]}").get("screen").asText();
      }
    }
    assertThat(pictures[0]).isEqualTo(pictures[1]);
  }

  @Test
  void whatCannotBePlayedIsToldInOneLine() throws Exception {
    refused(post("/api/start", "{\"world\":\"real\"}"), 400, "no ROM");
    refused(post("/api/start", "{\"world\":\"model\",\"frame\":60}"), 400, "0 to 59");
    refused(post("/api/start", "{\"world\":\"dream\"}"), 400, "found 'dream'");
    refused(post("/api/step", "{\"player\":\"nobody\"}"), 400, "found 'nobody'");
    refused(post("/api/step", "{\"player"), 400, "no JSON");
    refused(post("/api/step", " ".repeat(5000)), 413, "4096");
    refused(get("/api/step"), 405, "POST");
    refused(get("/api/nothing"), 404, "/api/nothing");
    refused(get("/api/recorded?frame=x"), 400, "frame=N");
    assertThat(step("{\"player\":\"agent\"}").get("step").asInt()).isEqualTo(1);
  }

  @Test
  void pagesOfOtherSitesGetNothing() throws Exception {
    HttpRequest foreign =
        request("/api/step", "{\"player\":\"agent\"}").header("Origin", "http://evil.test").build();
    refused(browser.send(foreign, BodyHandlers.ofString()), 403, "127.0.0.1");
    HttpRequest form =
        HttpRequest.newBuilder(server.uri().resolve("/api/step"))
            .header("Content-Type", "text/plain")
            .POST(BodyPublishers.ofString("{\"player\":\"agent\"}"))
            .build();
    refused(browser.send(form, BodyHandlers.ofString()), 415, "application/json");
    assertThat(raw("GET /api/state HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 403");
    assertThat(json(get("/api/state")).get("step").asInt()).isZero();
  }

  @Test
  void theGameGoesOnAfterABrowserHasLeft() throws Exception {
    String body = "{\"player\":\"agent\"}";
    URI page = server.uri();
    for (int i = 0; i < 3; i++) {
      try (Socket leaving = new Socket(page.getHost(), page.getPort())) {
        leaving.setSoLinger(true, 0);
        leaving
            .getOutputStream()
            .write(
                ("POST /api/step HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: application/json\r\n"
                        + "Content-Length: %s\r\n\r\n%s")
                    .formatted(page.getHost(), page.getPort(), body.length(), body)
                    .getBytes(StandardCharsets.US_ASCII));
      }
    }
    int before = json(get("/api/state")).get("step").asInt();
    assertThat(step(body).get("step").asInt()).isGreaterThan(before);
  }

  @Test
  void aTokenLetsOthersIn() throws Exception {
    try (PlayServer guarded = start("0.0.0.0:0", Optional.of("a-long-token"))) {
      URI api = URI.create("http://127.0.0.1:%s/api/state".formatted(guarded.uri().getPort()));
      assertThat(guarded.uri().getQuery()).isEqualTo("token=a-long-token");
      for (String token : new String[] {null, "another-token"}) {
        HttpRequest.Builder request = HttpRequest.newBuilder(api);
        if (token != null) {
          request.header("X-Jowa-Token", token);
        }
        refused(browser.send(request.build(), BodyHandlers.ofString()), 403, "token");
      }
      HttpRequest known =
          HttpRequest.newBuilder(api).header("X-Jowa-Token", "a-long-token").build();
      assertThat(browser.send(known, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aPortInUseIsNamed() {
    int port = server.uri().getPort();
    assertThatThrownBy(() -> start("127.0.0.1:" + port, Optional.empty()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Cannot serve on 127.0.0.1:" + port)
        .hasMessageContaining("--serve");
  }

  @Test
  void realKeysPlayOnThePage(@TempDir Path profile) throws Exception {
    Optional<Path> chromium = Chromium.find();
    assumeTrue(chromium.isPresent(), "no Chromium on this machine");
    try (Chromium page = new Chromium(chromium.get(), profile, server.uri())) {
      page.await("document.getElementById('game').textContent === 'Breakout'");
      page.await("!document.getElementById('banner').hidden");
      assertThat(page.evaluate(text("step")).asText()).isEqualTo("0");

      page.press("ArrowLeft");
      page.await(text("action") + " === 'left'");
      page.press("Space");
      page.release("ArrowLeft");
      page.await(text("action") + " === 'fire'");
      page.release("Space");
      page.await(text("action") + " === 'noop'");
      assertThat(page.evaluate("document.querySelectorAll('#values li').length").asInt()).isZero();

      page.press("KeyT");
      page.release("KeyT");
      page.await("document.querySelectorAll('#values li').length === 4");
      page.press("KeyP");
      page.release("KeyP");
      page.await(text("pause") + " === 'Go on' && !busy");
      String stands = page.evaluate(text("step")).asText();
      assertThat(json(get("/api/state")).get("step").asText()).isEqualTo(stands);

      // There is no ROM here: the page stays inside the model and says why.
      assertThat(page.evaluate("document.getElementById('real').disabled").asBoolean()).isTrue();
      assertThat(page.evaluate("document.getElementById('real').title").asText())
          .contains("no ROM");
    }
  }

  @Test
  void fingersPlayOnAPhone(@TempDir Path profile) throws Exception {
    Optional<Path> chromium = Chromium.find();
    assumeTrue(chromium.isPresent(), "no Chromium on this machine");
    try (Chromium page = new Chromium(chromium.get(), profile, server.uri())) {
      page.becomePhone(390, 844);
      page.await("document.getElementById('banner')?.textContent.startsWith('Touch to play')");
      assertThat(page.evaluate("document.documentElement.scrollWidth").asInt()).isEqualTo(390);
      JsonNode pad = page.evaluate(box("directions"));
      JsonNode fire = page.evaluate(box("fire"));
      assertThat(pad.get("bottom").asInt()).isLessThan(844);
      page.screenshot(PAGES.resolve("phone.png"));

      page.touch(within(pad, 0.1, 0.5));
      page.await(text("action") + " === 'left'");
      page.touch(within(pad, 0.9, 0.5));
      page.await(text("action") + " === 'right'");
      page.touch(within(pad, 0.9, 0.5), within(fire, 0.5, 0.5));
      page.await(text("action") + " === 'fire'");
      page.touch();
      page.await(text("action") + " === 'noop'");
    }
  }

  private static String box(String id) {
    return "document.getElementById('%s').getBoundingClientRect().toJSON()".formatted(id);
  }

  private static int[] within(JsonNode box, double right, double down) {
    return new int[] {
      (int) (box.get("left").asDouble() + right * box.get("width").asDouble()),
      (int) (box.get("top").asDouble() + down * box.get("height").asDouble())
    };
  }

  private static String text(String id) {
    return "document.getElementById('%s').textContent".formatted(id);
  }

  private static PlayServer start(String address, Optional<String> token) throws IOException {
    return PlayServer.start(
        ServeAddress.parse(address, token),
        () ->
            new PlaySession(
                GAME,
                tokenizer,
                decoder,
                PlannerSettings.beam(2, 1, 8).withEpsilon(0),
                0,
                0,
                Emulators.none("There is no ROM: none"),
                Optional.of(recorded)));
  }

  /** A dot wanders; an episode ends in the middle. */
  private static String ingested() {
    Storage logs = Storage.at(folder.resolve("logs").toString());
    try (ReplayLogWriter writer =
        ReplayLogWriter.create(logs, GAME, 1, "dice", 0, 0.25, "ab".repeat(16), STEPS)) {
      byte[] frame = new byte[84 * 84];
      for (int step = 0; step < STEPS; step++) {
        Arrays.fill(frame, (byte) 87);
        frame[84 * (step * 5 % 80) + step * 7 % 80] = (byte) 236;
        writer.append(frame, step / 3 % 4, 0, 0, step % 30 == 29);
      }
      writer.finish();
    }
    String out = folder.resolve("data").toString();
    Ingest.of(
            out,
            IngestOptions.everything(folder.resolve("logs").toString(), 0, 0).withLanes(1),
            new Configuration())
        .run(1);
    return out;
  }

  private HttpResponse<String> get(String path) throws Exception {
    return browser.send(
        HttpRequest.newBuilder(server.uri().resolve(path)).build(), BodyHandlers.ofString());
  }

  private HttpRequest.Builder request(String path, String body) {
    return HttpRequest.newBuilder(server.uri().resolve(path))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body));
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return browser.send(request(path, body).build(), BodyHandlers.ofString());
  }

  private JsonNode step(String body) throws Exception {
    return json(post("/api/step", body));
  }

  private static JsonNode json(HttpResponse<String> response) throws IOException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  private static void refused(HttpResponse<String> response, int status, String why)
      throws IOException {
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(JSON.readTree(response.body()).get("error").asText())
        .contains(why)
        .doesNotContain("\n");
  }

  private String raw(String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.uri().getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
