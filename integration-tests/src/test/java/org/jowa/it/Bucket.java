package org.jowa.it;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A public bucket of Google's storage as far as reading it goes: lists in pages, metadata and media
 * of its JSON API, over a folder. It has bad moments, each of which a client gets over by asking
 * again.
 */
final class Bucket implements AutoCloseable {
  private static final String NAME = "atari";
  private static final String API = "/storage/v1/b/" + NAME;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Objects of a page, few so that there are pages. */
  private static final int PAGE = 5;

  private static final int MOST_THREADS = 8;

  /** Bytes of an answer that may be cut short. */
  private static final int LONG = 1000;

  private final TreeMap<String, Path> objects = new TreeMap<>();
  private final HttpServer server;
  private final AtomicInteger requests = new AtomicInteger();
  private final Map<Integer, AtomicInteger> answers = new ConcurrentHashMap<>();
  private final AtomicInteger cutShort = new AtomicInteger();
  private volatile boolean closedToAll;

  private Bucket(HttpServer server) {
    this.server = server;
  }

  /** A bucket of the files below a folder. */
  static Bucket of(Path folder) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    Bucket bucket = new Bucket(server);
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .filter(Files::isRegularFile)
          .forEach(file -> bucket.objects.put(folder.relativize(file).toString(), file));
    }
    server.createContext("/", bucket::serve);
    server.setExecutor(Executors.newFixedThreadPool(MOST_THREADS));
    server.start();
    return bucket;
  }

  /** Where its folder is for Hadoop. */
  String uri() {
    return "gs://" + NAME;
  }

  /** Where it is for the connector. */
  String rootUrl() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  /** Lets nobody in from now on. */
  void closeToAll() {
    closedToAll = true;
  }

  /** How often it answered with a status. */
  int answered(int status) {
    return answers.getOrDefault(status, new AtomicInteger()).get();
  }

  /** How often it ended a connection before all was sent. */
  int cutShort() {
    return cutShort.get();
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange;
        InputStream body = exchange.getRequestBody()) {
      body.readAllBytes();
      int number = requests.incrementAndGet();
      String path = exchange.getRequestURI().getRawPath();
      if (closedToAll) {
        error(exchange, 403, "does not have storage.objects.list access");
      } else if (number % 31 == 7) {
        error(exchange, 503, "Backend Error");
      } else if (number % 41 == 17) {
        error(exchange, 429, "Rate limit exceeded");
      } else if (path.equals(API)) {
        json(exchange, JSON.createObjectNode().put("kind", "storage#bucket").put("name", NAME));
      } else if (path.equals(API + "/o")) {
        json(exchange, page(query(exchange)));
      } else if (path.contains(API + "/o/")) {
        object(exchange, path.substring(path.indexOf(API + "/o/") + API.length() + 3), number);
      } else {
        error(exchange, 404, "Not Found");
      }
    }
  }

  private static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> values = new HashMap<>();
    String query = exchange.getRequestURI().getRawQuery();
    for (String pair : query == null ? List.<String>of() : List.of(query.split("&"))) {
      int equals = pair.indexOf('=');
      values.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
    }
    return values;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  /** Objects and folders below a prefix, in the order of their names, after that of the token. */
  private ObjectNode page(Map<String, String> query) {
    String prefix = query.getOrDefault("prefix", "");
    String delimiter = query.getOrDefault("delimiter", "");
    TreeSet<String> names = new TreeSet<>();
    for (String name : objects.keySet()) {
      if (name.startsWith(prefix)) {
        int end = delimiter.isEmpty() ? -1 : name.indexOf(delimiter, prefix.length());
        names.add(end < 0 ? name : name.substring(0, end + 1));
      }
    }
    int most = Math.min(PAGE, Integer.parseInt(query.getOrDefault("maxResults", "1000")));
    String after = query.getOrDefault("pageToken", "");
    List<String> left = List.copyOf(after.isEmpty() ? names : names.tailSet(after, false));
    ObjectNode page = JSON.createObjectNode().put("kind", "storage#objects");
    ArrayNode items = page.putArray("items");
    ArrayNode prefixes = page.putArray("prefixes");
    for (String name : left.subList(0, Math.min(most, left.size()))) {
      if (name.endsWith("/")) {
        prefixes.add(name);
      } else {
        items.add(metadata(name));
      }
      page.put("nextPageToken", name);
    }
    if (left.size() <= most) {
      page.remove("nextPageToken");
    }
    return page;
  }

  private ObjectNode metadata(String name) {
    try {
      Path file = objects.get(name);
      byte[] md5 = MessageDigest.getInstance("MD5").digest(Files.readAllBytes(file));
      return JSON.createObjectNode()
          .put("kind", "storage#object")
          .put("id", NAME + "/" + name + "/1")
          .put("bucket", NAME)
          .put("name", name)
          .put("size", Long.toString(Files.size(file)))
          .put("generation", "1")
          .put("metageneration", "1")
          .put("contentType", "application/octet-stream")
          .put("md5Hash", Base64.getEncoder().encodeToString(md5))
          .put("timeCreated", "2020-01-01T00:00:00.000Z")
          .put("updated", "2020-01-01T00:00:00.000Z");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void object(HttpExchange exchange, String encoded, int number) throws IOException {
    String name = decoded(encoded);
    Path file = objects.get(name);
    if (file == null) {
      error(exchange, 404, "No such object: " + NAME + "/" + name);
    } else if (!"media".equals(query(exchange).get("alt"))) {
      json(exchange, metadata(name));
    } else {
      media(exchange, Files.readAllBytes(file), number);
    }
  }

  private void media(HttpExchange exchange, byte[] bytes, int number) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    int from = 0;
    int to = bytes.length;
    if (range != null) {
      String[] ends = range.substring("bytes=".length()).split("-", 2);
      from =
          ends[0].isEmpty() ? bytes.length - Integer.parseInt(ends[1]) : Integer.parseInt(ends[0]);
      if (!ends[0].isEmpty() && !ends[1].isEmpty()) {
        to = Math.min(to, Integer.parseInt(ends[1]) + 1);
      }
    }
    int length = to - from;
    exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
    exchange.getResponseHeaders().set("x-goog-generation", "1");
    exchange
        .getResponseHeaders()
        .set("x-goog-stored-content-length", Integer.toString(bytes.length));
    if (range != null) {
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + bytes.length);
    }
    int status = range == null ? 200 : 206;
    answers.computeIfAbsent(status, any -> new AtomicInteger()).incrementAndGet();
    exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
    boolean cut = number % 9 == 4 && length > LONG;
    exchange.getResponseBody().write(bytes, from, cut ? length / 2 : length);
    if (cut) {
      cutShort.incrementAndGet();
      throw new IOException("cut short");
    }
  }

  private void error(HttpExchange exchange, int status, String message) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode error = root.putObject("error").put("code", status).put("message", message);
    error.putArray("errors").addObject().put("reason", "backendError").put("message", message);
    send(exchange, status, root);
  }

  private void json(HttpExchange exchange, ObjectNode content) throws IOException {
    send(exchange, 200, content);
  }

  private void send(HttpExchange exchange, int status, ObjectNode content) throws IOException {
    answers.computeIfAbsent(status, any -> new AtomicInteger()).incrementAndGet();
    byte[] bytes = JSON.writeValueAsBytes(content);
    exchange.getResponseHeaders().set("Content-Type", "application/json; charset=UTF-8");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
