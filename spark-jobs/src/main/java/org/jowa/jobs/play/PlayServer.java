package org.jowa.jobs.play;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jowa.error.InvalidInputException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the page to play on. The browser asks for every step, so a game stands still when nobody
 * looks and goes on where it was when somebody comes back; nothing is pushed.
 *
 * <p>The JDK's own server is enough for a few people, and brings nothing new onto the class path
 * (Spark's Jetty is inside Spark's jar under another name). All play is done by one thread, which
 * also makes the session.
 */
final class PlayServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PlayServer.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LARGEST_REQUEST = 4096;
  private static final int VISITORS = 8;
  private static final Map<String, String> FILES =
      Map.of(
          "/", "text/html",
          "/play.js", "text/javascript",
          "/play.css", "text/css");
  private static final String SECURITY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final HttpServer server;
  private final ServeAddress address;
  private final ExecutorService visitors =
      Executors.newFixedThreadPool(VISITORS, daemon("visitor"));
  private final ExecutorService player = Executors.newSingleThreadExecutor(daemon("player"));
  private final PlaySession session;

  private PlayServer(ServeAddress address, Supplier<PlaySession> session) throws IOException {
    this.address = address;
    try {
      server = HttpServer.create(address.socket(), 0);
    } catch (BindException e) {
      throw new InvalidInputException(
          "Cannot serve on %s:%s (%s): give another port with --serve, 0 for any that is free"
              .formatted(address.host(), address.port(), e.getMessage()),
          e);
    }
    boolean started = false;
    try {
      this.session = onPlayer(session::get);
      server.setExecutor(visitors);
      server.createContext("/", this::handle);
      server.start();
      started = true;
    } finally {
      if (!started) {
        server.stop(0);
        visitors.shutdownNow();
        player.shutdownNow();
      }
    }
  }

  /**
   * Takes the address, makes the session and begins to serve.
   *
   * @param session called by the thread that plays; closed with the server
   * @throws InvalidInputException if the address can't be taken
   */
  static PlayServer start(ServeAddress address, Supplier<PlaySession> session) throws IOException {
    return new PlayServer(address, session);
  }

  private static ThreadFactory daemon(String name) {
    return work -> {
      Thread thread = new Thread(work, "jowa-play-" + name);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** The page's address, with the token if there is one. */
  URI uri() {
    InetSocketAddress bound = server.getAddress();
    String query = address.token().map(token -> "?token=" + token).orElse("");
    return URI.create("http://%s:%s/%s".formatted(address.host(), bound.getPort(), query));
  }

  private <T> T onPlayer(Callable<T> work) {
    try {
      return player.submit(work).get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known
          ? known
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while a step was played", e);
    }
  }

  /** What a request is refused with. */
  private static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    private final int status;

    Refused(int status, String why) {
      super(why);
      this.status = status;
    }
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Answer(String type, byte[] bytes) {
    static Answer json(Object value) throws JsonProcessingException {
      return new Answer("application/json", JSON.writeValueAsBytes(value));
    }
  }

  private void handle(HttpExchange exchange) {
    try (exchange) {
      int status = 200;
      Answer answer;
      try {
        answer = answer(exchange);
      } catch (Refused e) {
        status = e.status;
        answer = Answer.json(Map.of("error", e.getMessage()));
      } catch (InvalidInputException e) {
        status = 400;
        answer = Answer.json(Map.of("error", e.getMessage()));
      } catch (RuntimeException e) {
        LOG.warn("A step could not be played", e);
        status = 500;
        answer = Answer.json(Map.of("error", String.valueOf(e.getMessage())));
      }
      Headers headers = exchange.getResponseHeaders();
      headers.set("Content-Type", answer.type() + "; charset=utf-8");
      headers.set("Cache-Control", "no-store");
      headers.set("Content-Security-Policy", SECURITY);
      headers.set("X-Content-Type-Options", "nosniff");
      headers.set("Referrer-Policy", "no-referrer");
      exchange.sendResponseHeaders(status, answer.bytes().length);
      exchange.getResponseBody().write(answer.bytes());
    } catch (IOException e) {
      // The browser has left; the game stands where it is.
      LOG.debug("A browser left: {}", e.toString());
    }
  }

  private Answer answer(HttpExchange exchange) throws Refused, IOException {
    String path = exchange.getRequestURI().getPath();
    String method = exchange.getRequestMethod();
    if (FILES.containsKey(path)) {
      requireMethod(method, "GET");
      // The page itself tells nothing; its requests carry the token.
      return new Answer(FILES.get(path), file(path.equals("/") ? "/play.html" : path));
    }
    requireVisitor(exchange);
    return switch (path) {
      case "/api/state" -> {
        requireMethod(method, "GET");
        yield Answer.json(onPlayer(() -> session.view(true)));
      }
      case "/api/step" -> Answer.json(step(request(exchange)));
      case "/api/start" -> Answer.json(begin(request(exchange)));
      case "/api/recorded" -> {
        requireMethod(method, "GET");
        yield new Answer("image/png", recorded(exchange.getRequestURI().getQuery()));
      }
      default -> throw new Refused(404, "There is nothing at " + path);
    };
  }

  private static void requireMethod(String method, String wanted) throws Refused {
    if (!method.equals(wanted)) {
      throw new Refused(405, "Ask with %s, not %s".formatted(wanted, method));
    }
  }

  /** With a token who knows it; without one, pages of this very server alone. */
  private void requireVisitor(HttpExchange exchange) throws Refused {
    if (address.token().isPresent()) {
      String given = exchange.getRequestHeaders().getFirst("X-Jowa-Token");
      if (given == null
          || !MessageDigest.isEqual(
              given.getBytes(StandardCharsets.UTF_8),
              address.token().get().getBytes(StandardCharsets.UTF_8))) {
        throw new Refused(403, "Open the page with its token: /?token=...");
      }
      return;
    }
    // Another site's page could name this address, or let its own name point here.
    String host = String.valueOf(exchange.getRequestHeaders().getFirst("Host"));
    int port = server.getAddress().getPort();
    List<String> own =
        Stream.of(address.host(), "localhost", "127.0.0.1", "[::1]")
            .map(name -> name + ":" + port)
            .toList();
    String origin = exchange.getRequestHeaders().getFirst("Origin");
    if (!own.contains(host) || (origin != null && !origin.equals("http://" + host))) {
      throw new Refused(403, "Open http://%s:%s/".formatted(address.host(), port));
    }
  }

  private static byte[] file(String name) throws IOException {
    try (InputStream in = PlayServer.class.getResourceAsStream(name.substring(1))) {
      return in.readAllBytes();
    }
  }

  private static JsonNode request(HttpExchange exchange) throws Refused, IOException {
    requireMethod(exchange.getRequestMethod(), "POST");
    String type = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type"));
    if (!type.startsWith("application/json")) {
      throw new Refused(415, "Send application/json, found " + type);
    }
    byte[] body = exchange.getRequestBody().readNBytes(LARGEST_REQUEST + 1);
    if (body.length > LARGEST_REQUEST) {
      throw new Refused(413, "Send %s bytes at most".formatted(LARGEST_REQUEST));
    }
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new Refused(400, "What was sent is no JSON");
    }
  }

  private PlayView step(JsonNode request) throws Refused {
    boolean kept = request.path("kept").asBoolean(false);
    String who = request.path("player").asText();
    Set<String> held = new HashSet<>();
    request.path("keys").forEach(key -> held.add(key.asText()));
    return switch (who) {
      case "person" -> onPlayer(() -> session.stepByPerson(held, kept));
      case "agent" -> onPlayer(() -> session.stepByAgent(kept));
      default ->
          throw new Refused(400, "player must be person or agent, found '%s'".formatted(who));
    };
  }

  private PlayView begin(JsonNode request) throws Refused {
    String where = request.path("world").asText();
    JsonNode frame = request.path("frame");
    return switch (where) {
      case "real" ->
          onPlayer(
              request.path("again").asBoolean(false) ? session::startGame : session::continueGame);
      case "model" -> {
        if (frame.isMissingNode() || frame.isNull()) {
          yield onPlayer(session::startModelHere);
        }
        if (!frame.canConvertToInt()) {
          throw new Refused(400, "frame must be a number, found " + frame);
        }
        yield onPlayer(() -> session.startModel(frame.asInt()));
      }
      default -> throw new Refused(400, "world must be real or model, found '%s'".formatted(where));
    };
  }

  private byte[] recorded(String query) throws Refused {
    String number = query == null ? "" : query.replaceFirst("^frame=", "");
    if (!number.matches("\\d{1,9}")) {
      throw new Refused(400, "Ask for /api/recorded?frame=N");
    }
    return onPlayer(() -> session.recordedPicture(Integer.parseInt(number)))
        .orElseThrow(() -> new Refused(404, "There is no recorded frame " + number));
  }

  @Override
  public void close() {
    server.stop(0);
    visitors.shutdownNow();
    onPlayer(
        () -> {
          session.close();
          return null;
        });
    player.shutdown();
  }
}
