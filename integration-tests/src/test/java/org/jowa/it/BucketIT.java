package org.jowa.it;

import static java.util.stream.Collectors.joining;
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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Logs are read straight from a public bucket, which has bad moments. */
@Tag("long")
class BucketIT {
  private static final Path TESTS = Jowa.PROJECT.resolve("integration-tests");

  @TempDir private static Path folder;
  private final Jowa jowa = new Jowa(folder, "--master", "local[1]");

  /** Whose bucket it is: what makes one, and where the jars are that a user reads it with. */
  private enum Store {
    GOOGLE("target/connectors"),
    AMAZON("s3a/target/jars");

    private final Path jars;

    Store(String jars) {
      this.jars = TESTS.resolve(jars);
    }

    Bucket bucket() throws IOException {
      return switch (this) {
        case GOOGLE -> new GoogleBucket(Jowa.SAMPLE);
        case AMAZON -> new AmazonBucket(Jowa.SAMPLE);
      };
    }
  }

  @BeforeAll
  static void ingestFromAFolder() throws Exception {
    new Jowa(folder, "--master", "local[1]").run(ingest(Jowa.SAMPLE.toString(), "local")).ok();
  }

  @ParameterizedTest
  @EnumSource
  void ingestFromABucketMakesTheDataSetOfAFolder(Store store) throws Exception {
    String out = "remote-" + store;
    try (Bucket bucket = store.bucket()) {
      jowa.run(from(bucket, store, out)).ok();
      assertThat(bucket.answered(503)).as("bad moments").isPositive();
      assertThat(bucket.answered(429)).as("bad moments").isPositive();
      assertThat(bucket.cutShort()).as("bad moments").isPositive();
    }
    assertThat(frames(out)).isNotEmpty().containsExactlyEntriesOf(frames("local"));
    jowa.run("inspect", out, "--verify").ok();
  }

  @ParameterizedTest
  @EnumSource
  void bucketThatLetsNobodyInIsNamedInOneLine(Store store) throws Exception {
    String out = "refused-" + store;
    try (Bucket bucket = store.bucket()) {
      bucket.closeToAll();
      assertThat(jowa.run(from(bucket, store, out)).failed(1)).contains(bucket.uri());
    }
    assertThat(folder.resolve(out).resolve("manifest.json")).doesNotExist();
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

  private static String[] from(Bucket bucket, Store store, String out) throws IOException {
    List<String> line = new ArrayList<>(List.of(ingest(bucket.uri(), out)));
    try (Stream<Path> jars = Files.list(store.jars)) {
      line.addAll(List.of("--jars", jars.map(Path::toString).collect(joining(","))));
    }
    bucket
        .settings()
        .forEach(
            (key, value) -> line.addAll(List.of("--conf", "spark.hadoop." + key + "=" + value)));
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
