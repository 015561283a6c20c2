package org.jowa.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs are read straight from a public bucket, which has bad moments. */
@Tag("long")
class BucketIT {
  private static final Path CONNECTOR =
      Jowa.PROJECT.resolve("integration-tests/target/connectors/gcs-connector.jar");

  @TempDir private static Path folder;
  private final Jowa jowa = new Jowa(folder, "--master", "local[1]");

  @Test
  void ingestFromABucketMakesTheDataSetOfAFolder() throws Exception {
    jowa.run(ingest(Jowa.SAMPLE.toString(), "local")).ok();
    try (Bucket bucket = Bucket.of(Jowa.SAMPLE)) {
      jowa.run(from(bucket, "remote")).ok();
      assertThat(bucket.answered(503)).as("bad moments").isPositive();
      assertThat(bucket.answered(429)).as("bad moments").isPositive();
      assertThat(bucket.cutShort()).as("bad moments").isPositive();
    }
    assertThat(frames("remote")).isNotEmpty().containsExactlyEntriesOf(frames("local"));
    jowa.run("inspect", "remote", "--verify").ok();
  }

  @Test
  void bucketThatLetsNobodyInIsNamedInOneLine() throws Exception {
    try (Bucket bucket = Bucket.of(Jowa.SAMPLE)) {
      bucket.closeToAll();
      assertThat(jowa.run(from(bucket, "refused")).failed(1)).contains(bucket.uri());
    }
    assertThat(folder.resolve("refused/manifest.json")).doesNotExist();
  }

  private static String[] ingest(String source, String out) {
    return new String[] {
      "ingest",
      "--source=" + source,
      "--games=Pong",
      "--steps-per-game=2000",
      "--lanes=1",
      "--out=" + out
    };
  }

  private static String[] from(Bucket bucket, String out) {
    List<String> line = new ArrayList<>(List.of(ingest(bucket.uri(), out)));
    line.addAll(List.of("--jars", CONNECTOR.toString()));
    Map.of(
            "impl", "com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem",
            "auth.service.account.enable", "false",
            "auth.null.enable", "true",
            "storage.root.url", bucket.rootUrl())
        .forEach(
            (key, value) ->
                line.addAll(List.of("--conf", "spark.hadoop.fs.gs." + key + "=" + value)));
    return line.toArray(String[]::new);
  }

  private static Map<String, ByteBuffer> frames(String dataset) throws IOException {
    Path frames = folder.resolve(dataset).resolve("frames");
    Map<String, ByteBuffer> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(frames)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(frames.relativize(file).toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
      }
    }
    return files;
  }
}
