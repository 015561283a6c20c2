package org.jowa.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jowa.it.deploy.Manifests;

/**
 * Stands in for Kubernetes' API server: keeps the objects that it is given, and answers as far as
 * Spark asks. Each object is read by Kubernetes' object model first; one with an unknown field is
 * refused as a strict server would, and told by {@link #refused}. It plays no node: pods go to a
 * {@link Node}.
 */
final class ApiServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectNode STATUS =
      JSON.createObjectNode().put("apiVersion", "v1").put("kind", "Status");

  /** The path of all objects of a kind; one object has its name behind. */
  private static final String COLLECTION = ".*/namespaces/[^/]+/[^/]+";

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, ObjectNode> objects = new LinkedHashMap<>();
  private final List<ObjectNode> deleted = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();
  private final Node node;

  private ApiServer(Node node) throws IOException {
    this.node = node;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  /** Where pods run. */
  interface Node {
    /** Starts a pod. */
    void start(ObjectNode pod);

    /** Ends a pod by its name. */
    void end(String name);

    /** A node that leaves all pods pending. */
    Node FULL =
        new Node() {
          @Override
          public void start(ObjectNode pod) {}

          @Override
          public void end(String name) {}
        };
  }

  static ApiServer start(Node node) throws IOException {
    return new ApiServer(node);
  }

  /** Address for {@code --master}. */
  String master() {
    return "k8s://http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The objects of a kind that there are, or were until they were deleted. */
  synchronized List<ObjectNode> all(String kind) {
    return Stream.concat(deleted.stream(), objects.values().stream())
        .filter(object -> object.path("kind").asText().equals(kind))
        .toList();
  }

  /** What was wrong with objects that it was given. */
  synchronized List<String> refused() {
    return List.copyOf(refused);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      JsonNode answer;
      int status = 200;
      try {
        answer = answer(exchange.getRequestMethod(), path, query(exchange), body);
        if (answer == null) {
          status = 404;
          answer = failure(404, path + " not found");
        }
      } catch (AssertionError | IllegalArgumentException e) {
        status = 400;
        answer = failure(400, String.valueOf(e.getMessage()));
        synchronized (this) {
          refused.add(exchange.getRequestMethod() + " " + path + ": " + e.getMessage());
        }
      }
      byte[] bytes = JSON.writeValueAsBytes(answer);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> query = new LinkedHashMap<>();
    String raw = exchange.getRequestURI().getRawQuery();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      query.put(name, URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return query;
  }

  /** The answer; null for an object that isn't there. */
  private JsonNode answer(String method, String path, Map<String, String> query, byte[] body)
      throws IOException {
    return switch (method) {
      case "GET" -> path.matches(COLLECTION) ? list(path, query) : get(path);
      case "POST" -> made(path, read(body));
      case "PATCH" -> patched(path, read(body));
      case "DELETE" -> deleted(path, query);
      default -> throw new IllegalArgumentException("method " + method);
    };
  }

  private static ObjectNode read(byte[] body) throws IOException {
    return (ObjectNode) Manifests.documents(new String(body, StandardCharsets.UTF_8)).get(0);
  }

  private synchronized JsonNode get(String path) {
    return objects.get(path);
  }

  private JsonNode made(String path, ObjectNode object) {
    Manifests.check(object);
    ObjectNode metadata = object.withObject("/metadata");
    metadata.put("uid", UUID.randomUUID().toString());
    metadata.put("creationTimestamp", "2025-01-01T00:00:00Z");
    metadata.put("resourceVersion", "1");
    synchronized (this) {
      objects.put(path + "/" + metadata.path("name").asText(), object);
    }
    if (path.endsWith("/pods")) {
      object.withObject("/status").put("phase", "Pending");
      node.start(object);
    }
    return object;
  }

  /** A server-side apply of a whole object, or a patch of parts of one. */
  private JsonNode patched(String path, ObjectNode patch) throws IOException {
    synchronized (this) {
      ObjectNode old = objects.get(path);
      if (old != null) {
        return JSON.readerForUpdating(old).readValue(patch);
      }
    }
    return made(path.substring(0, path.lastIndexOf('/')), patch);
  }

  private synchronized JsonNode deleted(String path, Map<String, String> query) {
    boolean all = path.matches(COLLECTION);
    List<String> gone =
        objects.entrySet().stream()
            .filter(
                entry ->
                    all
                        ? entry.getKey().startsWith(path + "/") && selected(entry.getValue(), query)
                        : entry.getKey().equals(path))
            .map(Map.Entry::getKey)
            .toList();
    for (String name : gone) {
      deleted.add(objects.remove(name));
      if (name.contains("/pods/")) {
        node.end(name.substring(name.lastIndexOf('/') + 1));
      }
    }
    return all || !gone.isEmpty() ? STATUS.deepCopy().put("status", "Success") : null;
  }

  private synchronized JsonNode list(String path, Map<String, String> query) {
    ObjectNode list = JSON.createObjectNode().put("apiVersion", "v1").put("kind", "List");
    list.putObject("metadata").put("resourceVersion", "1");
    ArrayNode items = list.putArray("items");
    objects.forEach(
        (name, object) -> {
          if (name.startsWith(path + "/") && selected(object, query)) {
            items.add(object);
          }
        });
    return list;
  }

  private static boolean selected(JsonNode object, Map<String, String> query) {
    String selector = query.getOrDefault("labelSelector", "");
    JsonNode labels = object.path("metadata").path("labels");
    return Arrays.stream(selector.split(","))
        .filter(term -> term.matches("[^=!]+=[^=]+"))
        .map(term -> term.split("="))
        .allMatch(term -> labels.path(term[0]).asText().equals(term[1]));
  }

  private static JsonNode failure(int code, String message) {
    return STATUS.deepCopy().put("status", "Failure").put("message", message).put("code", code);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
