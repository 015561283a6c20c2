package org.jowa.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Amazon's S3: lists in pages of its second version, metadata and media. */
final class AmazonBucket extends Bucket {
  private static final String PATH = "/" + NAME;
  private static final String ETAG = "\"1\"";

  /** A bucket of the files below a folder. */
  AmazonBucket(Path folder) throws IOException {
    super(folder);
  }

  @Override
  String uri() {
    return "s3a://" + NAME;
  }

  @Override
  Map<String, String> settings() {
    return Map.of(
        "fs.s3a.endpoint", address(),
        "fs.s3a.endpoint.region", "us-east-1",
        "fs.s3a.path.style.access", "true",
        "fs.s3a.aws.credentials.provider",
            "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider");
  }

  @Override
  void answer(HttpExchange exchange, String path, int number) throws IOException {
    if (path.equals(PATH) || path.equals(PATH + "/")) {
      xml(exchange, 200, list(query(exchange)));
      return;
    }
    Path file =
        path.startsWith(PATH + "/") ? object(decoded(path.substring(PATH.length() + 1))) : null;
    if (file == null) {
      refuse(exchange, 404, "The specified key does not exist.");
      return;
    }
    exchange.getResponseHeaders().set("ETag", ETAG);
    exchange.getResponseHeaders().set("Last-Modified", "Wed, 01 Jan 2020 00:00:00 GMT");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Long.toString(Files.size(file)));
      begin(exchange, 200, 0);
    } else {
      media(exchange, file, number);
    }
  }

  private String list(Map<String, String> query) throws IOException {
    Page page =
        page(
            query.getOrDefault("prefix", ""),
            query.getOrDefault("delimiter", ""),
            query.getOrDefault("continuation-token", ""),
            Integer.parseInt(query.getOrDefault("max-keys", "1000")));
    StringBuilder xml = new StringBuilder("<ListBucketResult>");
    element(xml, "Name", NAME);
    element(xml, "KeyCount", Integer.toString(page.names().size()));
    element(xml, "IsTruncated", Boolean.toString(page.next() != null));
    if (page.next() != null) {
      element(xml, "NextContinuationToken", page.next());
    }
    for (String name : page.names()) {
      if (name.endsWith("/")) {
        element(xml, "CommonPrefixes", "<Prefix>" + name + "</Prefix>");
      } else {
        xml.append("<Contents>");
        element(xml, "Key", name);
        element(xml, "LastModified", "2020-01-01T00:00:00.000Z");
        element(xml, "ETag", ETAG);
        element(xml, "Size", Long.toString(Files.size(object(name))));
        xml.append("</Contents>");
      }
    }
    return xml.append("</ListBucketResult>").toString();
  }

  private static void element(StringBuilder xml, String name, String content) {
    xml.append('<').append(name).append('>').append(content);
    xml.append("</").append(name).append('>');
  }

  @Override
  void refuse(HttpExchange exchange, int status, String message) throws IOException {
    String code =
        switch (status) {
          case 403 -> "AccessDenied";
          case 404 -> "NoSuchKey";
          default -> "SlowDown";
        };
    xml(
        exchange,
        status,
        "<Error><Code>%s</Code><Message>%s</Message></Error>".formatted(code, message));
  }

  private void xml(HttpExchange exchange, int status, String content) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      begin(exchange, status, 0);
    } else {
      send(exchange, status, "application/xml", content.getBytes(UTF_8));
    }
  }
}
