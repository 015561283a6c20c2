package org.jowa.data.dataset;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jowa.data.Mutations;
import org.jowa.data.SmallLogs;
import org.jowa.data.batch.FrameLoader;
import org.jowa.data.batch.Split;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Sha256;
import org.jowa.data.tokens.TokenSet;
import org.jowa.data.tokens.TokenShardReader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nearly right files of a data set. Their hashes are made to fit, so that the readers behind the
 * hashes are tried and not the hashes.
 */
class DatasetFuzzTest {
  private static final Duration TIME = Duration.ofMillis(2500);

  @TempDir static Path folder;
  private static Dataset dataset;
  private static TokenSet tokens;

  @BeforeAll
  static void makeADataSet() {
    SmallLogs.write(folder.resolve("logs"));
    dataset = SmallLogs.ingest(folder.resolve("logs"), folder.resolve("data"));
    tokens = SmallLogs.tokenize(dataset);
  }

  @Test
  void alteredFrameShards() throws IOException {
    Shard shard = dataset.manifest().shards().get(0);
    byte[] original = Files.readAllBytes(folder.resolve("data").resolve(shard.path()));
    Path file = Files.createTempFile(folder.resolve("data"), "mutant", ".arrow");
    Mutations.readAll(
        List.of(original),
        TIME,
        bytes -> {
          Files.write(file, bytes);
          Shard mutant = forged(shard, file, bytes);
          try (FrameShardReader reader = dataset.openFrames(mutant)) {
            java.nio.ByteBuffer frame = java.nio.ByteBuffer.allocate(StepColumns.FRAME_BYTES);
            for (int row = 0; row < reader.rows(); row++) {
              reader.frame(row, frame, 0);
              reader.action(row);
              reader.reward(row);
              reader.terminal(row);
              reader.episode(row);
            }
          }
        });
    Files.delete(file);
  }

  @Test
  void alteredTokenShards() throws IOException {
    Shard shard = tokens.manifest().shards().get(0);
    Path root = folder.resolve("data/tokens").resolve(SmallLogs.TOKENIZER);
    byte[] original = Files.readAllBytes(root.resolve(shard.path()));
    Path file = Files.createTempFile(root, "mutant", ".arrow");
    int[] into = new int[StepColumns.TOKENS_PER_FRAME];
    Mutations.readAll(
        List.of(original),
        TIME,
        bytes -> {
          Files.write(file, bytes);
          Shard mutant = forged(shard, file, bytes);
          TokenShardReader reader =
              TokenShardReader.open(
                  TokenSet.storage(dataset, SmallLogs.TOKENIZER),
                  mutant,
                  org.jowa.data.cache.CachedFile.inPlace(
                      TokenSet.storage(dataset, SmallLogs.TOKENIZER)
                          .localPath(mutant.path())
                          .orElseThrow()),
                  org.jowa.data.cache.MappedFiles.within(1));
          for (int row = 0; row < reader.rows(); row++) {
            reader.tokens(row, into, 0);
            reader.action(row);
            reader.reward(row);
            reader.terminal(row);
          }
        });
    Files.delete(file);
  }

  private static Shard forged(Shard shard, Path file, byte[] bytes) {
    return new Shard(
        file.getFileName().toString(),
        shard.lane(),
        shard.game(),
        shard.run(),
        shard.rows(),
        shard.episodes(),
        bytes.length,
        // Asked for anew each time: the data set remembers what it has compared.
        Sha256.of(bytes));
  }

  @Test
  void alteredTablesOfEpisodes() {
    byte[] original = dataset.episodes().bytes();
    Mutations.readAll(
        List.of(original), TIME, bytes -> EpisodeTable.read(bytes, "episodes.arrow").all());
  }

  @Test
  void alteredManifests() throws IOException {
    byte[] original = Files.readAllBytes(folder.resolve("data/manifest.json"));
    Mutations.readAll(
        List.of(original), TIME, bytes -> Manifest.read(bytes, "manifest.json").addsUp());
  }

  /** As an editor might: the JSON is right and hashes fit. */
  @Test
  void manifestsWithOtherValues() throws IOException {
    Path mutants = folder.resolve("data/manifest.json");
    byte[] original = Files.readAllBytes(mutants);
    try {
      long end = System.nanoTime() + TIME.toNanos();
      for (long seed = 0; seed < Mutations.MOST && System.nanoTime() < end; seed++) {
        byte[] mutant = signed(edited(original, new Random(seed)));
        Mutations.check(
            mutant,
            bytes -> {
              Files.write(mutants, bytes);
              Dataset opened = Dataset.open(folder.resolve("data").toString());
              opened.verify();
              try (FrameLoader loader = FrameLoader.open(opened, Split.TRAIN, 1, 4, 0, 1, 1)) {
                loader.batch(0);
              }
            },
            "edit " + seed);
      }
    } finally {
      Files.write(mutants, original);
    }
  }

  private static byte[] edited(byte[] json, Random random) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    JsonNode root = mapper.readTree(json);
    List<Runnable> edits = new ArrayList<>();
    collect(root, random, edits);
    edits.get(random.nextInt(edits.size())).run();
    return mapper.writeValueAsBytes(root);
  }

  private static void collect(JsonNode node, Random random, List<Runnable> edits) {
    if (node instanceof ObjectNode object) {
      object
          .fieldNames()
          .forEachRemaining(
              name -> {
                edits.add(() -> object.set(name, other(object.get(name), random)));
                edits.add(() -> object.remove(name));
                collect(object.get(name), random, edits);
              });
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        int at = i;
        edits.add(() -> array.remove(at));
        edits.add(() -> array.add(array.get(at).deepCopy()));
        edits.add(() -> array.set(at, other(array.get(at), random)));
        collect(array.get(i), random, edits);
      }
    }
  }

  private static JsonNode other(JsonNode value, Random random) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    return switch (random.nextInt(8)) {
      case 0 -> make.nullNode();
      case 1 -> make.numberNode(-1);
      case 2 -> make.numberNode(Integer.MAX_VALUE);
      case 3 -> make.numberNode(Long.MAX_VALUE);
      case 4 -> make.textNode("../../elsewhere");
      case 5 -> make.arrayNode();
      case 6 -> make.objectNode();
      default -> value.isNumber() ? make.numberNode(value.asLong() + 1) : make.textNode("");
    };
  }

  /** With the content hash that it ought to have, where it can be computed. */
  private static byte[] signed(byte[] json) {
    try {
      Manifest manifest = Manifest.read(json, "manifest.json");
      return Json.bytes(manifest.sealed());
    } catch (org.jowa.error.InvalidInputException e) {
      return json;
    }
  }
}
