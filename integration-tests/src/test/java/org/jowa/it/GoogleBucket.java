package org.jowa.it;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;

/** Google's storage: lists in pages, metadata and media of its JSON API. */
final class GoogleBucket extends Bucket {
  private static final String API = "/storage/v1/b/" + NAME;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A bucket of the files below a folder. */
  GoogleBucket(Path folder) throws IOException {
    super(folder);
  }

  @Override
  String uri() {
    return "gs://" + NAME;
  }

  @Override
  Map<String, String> settings() {
    return Map.of(
        "fs.gs.impl", "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
        "fs.gs.auth.service.account.enable", "false",
        "fs.gs.auth.null.enable", "true",
        "fs.gs.storage.root.url", address() + "/");
  }

  @Override
  void answer(HttpExchange exchange, String path, int number) throws IOException {
    if (path.equals(API)) {
      json(exchange, 200, JSON.createObjectNode().put("kind", "storage#bucket").put("name", NAME));
    } else if (path.equals(API + "/o")) {
      json(exchange, 200, list(query(exchange)));
    } else if (path.contains(API + "/o/")) {
      object(exchange, path.substring(path.indexOf(API + "/o/") + API.length() + 3), number);
    } else {
      refuse(exchange, 404, "Not Found");
    }
  }

  private ObjectNode list(Map<String, String> query) throws IOException {
    Page page =
        page(
            query.getOrDefault("prefix", ""),
            query.getOrDefault("delimiter", ""),
            query.getOrDefault("pageToken", ""),
            Integer.parseInt(query.getOrDefault("maxResults", "1000")));
    ObjectNode list = JSON.createObjectNode().put("kind", "storage#objects");
    ArrayNode items = list.putArray("items");
    ArrayNode prefixes = list.putArray("prefixes");
    for (String name : page.names()) {
      if (name.endsWith("/")) {
        prefixes.add(name);
      } else {
        items.add(metadata(name));
      }
    }
    return page.next() == null ? list : list.put("nextPageToken", page.next());
  }

  private ObjectNode metadata(String name) throws IOException {
    Path file = object(name);
    return JSON.createObjectNode()
        .put("kind", "storage#object")
        .put("id", NAME + "/" + name + "/1")
        .put("bucket", NAME)
        .put("name", name)
        .put("size", Long.toString(Files.size(file)))
        .put("generation", "1")
        .put("metageneration", "1")
        .put("contentType", "application/octet-stream")
        .put("md5Hash", md5(file))
        .put("timeCreated", "2020-01-01T00:00:00.000Z")
        .put("updated", "2020-01-01T00:00:00.000Z");
  }

  private static String md5(Path file) throws IOException {
    try {
      byte[] hash = MessageDigest.getInstance("MD5").digest(Files.readAllBytes(file));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void object(HttpExchange exchange, String encoded, int number) throws IOException {
    String name = decoded(encoded);
    Path file = object(name);
    if (file == null) {
      refuse(exchange, 404, "No such object: " + NAME + "/" + name);
    } else if (!"media".equals(query(exchange).get("alt"))) {
      json(exchange, 200, metadata(name));
    } else {
      exchange.getResponseHeaders().set("x-goog-generation", "1");
      exchange
          .getResponseHeaders()
          .set("x-goog-stored-content-length", Long.toString(Files.size(file)));
      media(exchange, file, number);
    }
  }

  @Override
  void refuse(HttpExchange exchange, int status, String message) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode error = root.putObject("error").put("code", status).put("message", message);
    error.putArray("errors").addObject().put("reason", "backendError").put("message", message);
    json(exchange, status, root);
  }

  private void json(HttpExchange exchange, int status, ObjectNode content) throws IOException {
    send(exchange, status, "application/json; charset=UTF-8", JSON.writeValueAsBytes(content));
  }
}
