package org.jowa.it;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A public bucket as far as reading it goes, over a folder: a server on this machine that speaks a
 * store's API. It has bad moments, each of which a client gets over by asking again.
 */
abstract class Bucket implements AutoCloseable {
  static final String NAME = "atari";

  /** Objects of a page, few so that there are pages. */
  private static final int PAGE = 5;

  private static final int MOST_THREADS = 8;

  /** Bytes of an answer that may be cut short. */
  private static final int LONG = 1000;

  private final TreeMap<String, Path> objects = new TreeMap<>();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(MOST_THREADS);
  private final AtomicInteger requests = new AtomicInteger();
  private final Map<Integer, AtomicInteger> answers = new ConcurrentHashMap<>();
  private final AtomicInteger cutShort = new AtomicInteger();
  private volatile boolean closedToAll;

  /** A bucket of the files below a folder, which answers from now on. */
  Bucket(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .filter(Files::isRegularFile)
          .forEach(file -> objects.put(folder.relativize(file).toString(), file));
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::serve);
    server.setExecutor(threads);
    server.start();
  }

  /** Where its folder is for Hadoop. */
  abstract String uri();

  /** What Hadoop has to be told to read it, by Hadoop's key. */
  abstract Map<String, String> settings();

  /** Answers a request that nothing is wrong with. */
  abstract void answer(HttpExchange exchange, String path, int number) throws IOException;

  /** Says no in the store's own words. */
  abstract void refuse(HttpExchange exchange, int status, String message) throws IOException;

  /** The address of the server. */
  final String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Lets nobody in from now on. */
  final void closeToAll() {
    closedToAll = true;
  }

  /** How often it answered with a status. */
  final int answered(int status) {
    return answers.getOrDefault(status, new AtomicInteger()).get();
  }

  /** How often it ended a connection before all was sent. */
  final int cutShort() {
    return cutShort.get();
  }

  /** The file of an object; null if there is none. */
  final Path object(String name) {
    return objects.get(name);
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange;
        InputStream body = exchange.getRequestBody()) {
      body.readAllBytes();
      int number = requests.incrementAndGet();
      if (closedToAll) {
        refuse(exchange, 403, "Anonymous caller has no access");
      } else if (number % 31 == 7) {
        refuse(exchange, 503, "Backend Error");
      } else if (number % 41 == 17) {
        refuse(exchange, 429, "Rate limit exceeded");
      } else {
        answer(exchange, exchange.getRequestURI().getRawPath(), number);
      }
    }
  }

  static Map<String, String> query(HttpExchange exchange) {
    Map<String, String> values = new HashMap<>();
    String query = exchange.getRequestURI().getRawQuery();
    for (String pair : query == null ? List.<String>of() : List.of(query.split("&"))) {
      int equals = pair.indexOf('=');
      values.put(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
    }
    return values;
  }

  static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  /**
   * Part of a list.
   *
   * @param names of objects, and of folders, which end with a slash
   * @param next token of the next page; null on the last
   */
  record Page(List<String> names, String next) {}

  /** Objects and folders below a prefix, in the order of their names, after that of the token. */
  final Page page(String prefix, String delimiter, String token, int limit) {
    TreeSet<String> names = new TreeSet<>();
    for (String name : objects.keySet()) {
      if (name.startsWith(prefix)) {
        int end = delimiter.isEmpty() ? -1 : name.indexOf(delimiter, prefix.length());
        names.add(end < 0 ? name : name.substring(0, end + 1));
      }
    }
    List<String> left = List.copyOf(token.isEmpty() ? names : names.tailSet(token, false));
    List<String> here = left.subList(0, Math.min(Math.min(PAGE, limit), left.size()));
    boolean last = here.isEmpty() || here.size() == left.size();
    return new Page(here, last ? null : here.get(here.size() - 1));
  }

  /** Sends an object or the range of it that was asked for; some are cut short. */
  final void media(HttpExchange exchange, Path file, int number) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
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
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + bytes.length);
    }
    exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
    int length = to - from;
    begin(exchange, range == null ? 200 : 206, length);
    boolean cut = number % 9 == 4 && length > LONG;
    exchange.getResponseBody().write(bytes, from, cut ? length / 2 : length);
    if (cut) {
      cutShort.incrementAndGet();
      throw new IOException("cut short");
    }
  }

  final void send(HttpExchange exchange, int status, String type, byte[] bytes) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    begin(exchange, status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /**
   * Sends status and headers.
   *
   * @param length bytes that follow
   */
  final void begin(HttpExchange exchange, int status, int length) throws IOException {
    answers.computeIfAbsent(status, any -> new AtomicInteger()).incrementAndGet();
    exchange.sendResponseHeaders(status, length == 0 ? -1 : length);
  }

  @Override
  public final void close() {
    server.stop(0);
    threads.shutdown();
  }
}
