package org.jowa.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.jowa.data.cache.MappedFiles;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Shard;
import org.jowa.data.tokens.TokenSet;
import org.jowa.data.tokens.TokenShardReader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether {@code docs/dataset-format.md} tells the truth: its examples read what we write. */
class DatasetFormatTest {
  private static final int TOKENS_PER_FRAME = 36;
  private static final int FRAME_BYTES = 84 * 84;

  @TempDir static Path folder;
  private static String page;
  private static Dataset dataset;
  private static TokenSet tokens;

  @BeforeAll
  static void makeData() throws IOException {
    page = Files.readString(ProjectFiles.datasetFormat());
    SmallLogs.write(folder.resolve("logs"));
    dataset = SmallLogs.ingest(folder.resolve("logs"), folder.resolve("data"));
    tokens = SmallLogs.tokenize(dataset);
  }

  @Test
  void plainArrowInJavaReadsTheSameRows() throws Exception {
    Path source = folder.resolve("ReadShard.java");
    Files.writeString(source, example("java"));
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(
                    null,
                    null,
                    null,
                    "-cp",
                    System.getProperty("java.class.path"),
                    source.toString()))
        .isZero();
    readsEveryKindOfShard(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "-cp",
        folder + ":" + System.getProperty("java.class.path"),
        "ReadShard");
  }

  /** Runs where there is a Python with pyarrow. */
  @Test
  void pythonReadsTheSameRows() throws Exception {
    assumeThat(statusOf("python3", "-c", "import numpy, pyarrow"))
        .as("python3 with numpy and pyarrow")
        .isZero();
    Path script = folder.resolve("read_shard.py");
    Files.writeString(script, example("python"));
    readsEveryKindOfShard("python3", script.toString());
  }

  @Test
  void namesEveryFieldOfTheManifests() throws IOException {
    Set<String> fields = new TreeSet<>();
    for (Path manifest :
        List.of(
            folder.resolve("data/manifest.json"),
            folder.resolve("data/tokens/" + SmallLogs.TOKENIZER + "/manifest.json"))) {
      collect(new ObjectMapper().readTree(manifest.toFile()), fields);
    }
    assertThat(fields).hasSizeGreaterThan(50);
    assertThat(fields).allSatisfy(field -> assertThat(page).contains("`" + field + "`"));
  }

  private static void collect(JsonNode node, Set<String> into) {
    node.fields()
        .forEachRemaining(
            field -> {
              into.add(field.getKey());
              // What a file's hashes are keyed by isn't a field.
              if (!field.getKey().equals("sha256")) {
                collect(field.getValue(), into);
              }
            });
    if (node.isArray()) {
      node.forEach(element -> collect(element, into));
    }
  }

  private static void readsEveryKindOfShard(String... command) throws Exception {
    Path data = folder.resolve("data");
    for (int shard : new int[] {0, dataset.manifest().shards().size() - 1}) {
      Shard frames = dataset.manifest().shards().get(shard);
      assertThat(outputOf(command, data.resolve(frames.path()))).isEqualTo(expectedFrames(frames));
      String path = "tokens/" + SmallLogs.TOKENIZER + "/";
      Shard ofTokens = tokens.manifest().shards().get(shard);
      assertThat(outputOf(command, data.resolve(path + ofTokens.path())))
          .isEqualTo(expectedTokens(shard));
    }
  }

  private static String expectedFrames(Shard shard) {
    double reward = 0;
    long sum = 0;
    byte[] frame = new byte[FRAME_BYTES];
    try (FrameShardReader reader = dataset.openFrames(shard)) {
      for (int row = 0; row < reader.rows(); row++) {
        reward += reader.reward(row);
        reader.frame(row, ByteBuffer.wrap(frame), 0);
        for (byte pixel : frame) {
          sum += pixel & 0xff;
        }
      }
    }
    return line(shard.rows(), reward, sum);
  }

  private static String expectedTokens(int shard) {
    double reward = 0;
    long sum = 0;
    int[] ids = new int[TOKENS_PER_FRAME];
    try (MappedFiles files = MappedFiles.within(MappedFiles.DEFAULT_BYTES);
        TokenShardReader reader = tokens.open(shard, files)) {
      for (int row = 0; row < reader.rows(); row++) {
        reward += reader.reward(row);
        reader.tokens(row, ids, 0);
        for (int id : ids) {
          sum += id;
        }
      }
      return line(reader.rows(), reward, sum);
    }
  }

  private static String line(int rows, double reward, long sum) {
    return String.format(Locale.ROOT, "%d rows, reward %.1f, sum %d", rows, reward, sum);
  }

  /** The page's first block of code in a language. */
  private static String example(String language) {
    Matcher block = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(page);
    assertThat(block.find()).as("example in %s", language).isTrue();
    return block.group(1);
  }

  private static String outputOf(String[] command, Path shard) throws Exception {
    List<String> words = new ArrayList<>(List.of(command));
    words.add(shard.toString());
    Process process =
        new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return said.strip();
  }

  private static int statusOf(String... command) throws InterruptedException {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      return -1;
    }
  }
}
