package org.jowa.jobs.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.replay.ReplayRows;
import org.jowa.data.sample.Padding;
import org.jowa.data.sample.Segmentation;
import org.jowa.data.storage.Sha256;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.env.game.Observation;
import org.jowa.error.InvalidInputException;
import org.jowa.model.parity.GoldenCase;
import org.jowa.model.parity.ParityResult;

/**
 * Ingests the golden replay logs with the reference's rows and sampling, and compares runs,
 * episodes, segments and sample rows with {@code data.json} and {@code data_golden.safetensors}.
 */
final class DataParity {
  private final JsonNode golden;
  private final Tensors tensors;
  private final Dataset dataset;
  private int wrongRuns;
  private int wrongEpisodes;
  private int wrongRows;
  private int wrongSegments;
  private int wrongSamples;
  private double frameMeanError;

  private DataParity(JsonNode golden, Tensors tensors, Dataset dataset) {
    this.golden = golden;
    this.tensors = tensors;
    this.dataset = dataset;
  }

  static List<ParityResult> run(Path folder) {
    JsonNode golden = GamesParity.read(folder.resolve("data.json"));
    Path out = temporaryFolder();
    try {
      List<String> games = new ArrayList<>();
      golden.get("games").forEach(game -> games.add(game.asText()));
      IngestOptions options =
          IngestOptions.everything(folder.resolve("data/original").toString(), 0, 0)
              .withGames(games)
              .withRows(ReplayRows.REFERENCE)
              .withStepsPerGame(golden.get("steps_wanted").asLong());
      Ingest.of(out.toString(), options, new Configuration()).run(1);
      return new DataParity(
              golden,
              Tensors.read(folder.resolve("data_golden.safetensors")),
              Dataset.open(out.toString()))
          .compare();
    } finally {
      delete(out);
    }
  }

  private List<ParityResult> compare() {
    for (String game : dataset.games()) {
      compareRuns(game);
      List<Episode> episodes = episodes(game);
      compareEpisodes(golden.get("episodes").get(game), episodes);
      for (Padding padding : Padding.values()) {
        compareSegments(game, padding, episodes);
      }
    }
    GoldenCase result = GoldenCase.of("data");
    result.add("runs drawn", wrongRuns, 0);
    result.add("episodes drawn", wrongEpisodes, 0);
    result.add("rows of the episodes", wrongRows, 0);
    result.add("segment tables", wrongSegments, 0);
    result.add("sample rows", wrongSamples, 0);
    result.add("sample frames, mean", frameMeanError, 1e-6);
    return result.results();
  }

  private void compareRuns(String game) {
    List<Integer> expected = new ArrayList<>();
    golden.get("runs_drawn").get(game).forEach(run -> expected.add(run.asInt()));
    wrongRuns += runs(game).stream().map(Manifest.Run::run).toList().equals(expected) ? 0 : 1;
  }

  private void compareEpisodes(JsonNode expected, List<Episode> episodes) {
    wrongEpisodes += Math.abs(expected.size() - episodes.size());
    for (int i = 0; i < Math.min(expected.size(), episodes.size()); i++) {
      JsonNode want = expected.get(i);
      Episode found = episodes.get(i);
      wrongEpisodes += want.get("global_episode").asInt() == found.global ? 0 : 1;
      boolean equal =
          want.get("length").asInt() == found.length()
              && want.get("sha256_observations").asText().equals(found.sha256);
      for (int t = 0; equal && t < found.length(); t++) {
        equal =
            found.game.toFullAction(want.get("actions").get(t).asInt()) == found.actions[t]
                && (float) want.get("rewards").get(t).asDouble() == found.rewards[t]
                && want.get("terminals").get(t).asInt() == found.ends[t];
      }
      wrongRows += equal ? 0 : 1;
    }
  }

  private void compareSegments(String game, Padding padding, List<Episode> episodes) {
    Segmentation segmentation = new Segmentation(8, 4, padding);
    List<int[]> table = new ArrayList<>();
    for (int e = 0; e < episodes.size(); e++) {
      for (int s = 0; s < segmentation.count(episodes.get(e).length()); s++) {
        int start = segmentation.start(s, episodes.get(e).length());
        table.add(new int[] {e, start, start + segmentation.length()});
      }
    }
    String side = padding == Padding.RIGHT ? "right_padding" : "left_padding";
    JsonNode expected = golden.get(side).get(game);
    wrongSegments += Math.abs(expected.size() - table.size());
    for (int i = 0; i < Math.min(expected.size(), table.size()); i++) {
      for (int column = 0; column < 3; column++) {
        wrongSegments += expected.get(i).get(column).asInt() == table.get(i)[column] ? 0 : 1;
      }
    }
    for (JsonNode row : golden.get("sample_rows").get(game + "_" + side)) {
      int[] segment = table.get(row.asInt());
      compareSample(
          game + "_" + side + "." + row.asInt() + ".", episodes.get(segment[0]), segment[1]);
    }
  }

  private void compareSample(String name, Episode episode, int start) {
    for (int i = 0; i < Segmentation.TRAINING.length(); i++) {
      int t = start + i;
      boolean real = t >= 0 && t < episode.length();
      boolean equal =
          tensors.uint8(name + "mask_padding", i) == (real ? 1 : 0)
              && tensors.int64(name + "actions", i) == (real ? episode.actions[t] : 0)
              && tensors.float32(name + "rewards", i) == (real ? episode.rewards[t] : 0)
              && tensors.int64(name + "ends", i) == (real ? episode.ends[t] : 0);
      wrongSamples += equal ? 0 : 1;
      double mean = real ? episode.frameMeans[t] : 0;
      frameMeanError =
          Math.max(frameMeanError, Math.abs(tensors.float32(name + "obs_frame_mean", i) - mean));
    }
  }

  private List<Manifest.Run> runs(String game) {
    return dataset.manifest().provenance().runs().stream()
        .filter(run -> run.game().equals(game))
        .toList();
  }

  /** The drawn episodes in the reference's order: copies follow each other. */
  private List<Episode> episodes(String name) {
    Game game = Games.byName(name);
    List<Episode> found = new ArrayList<>();
    int before = 0;
    for (Manifest.Run run : runs(name)) {
      List<StoredEpisode> ofRun =
          dataset.episodes().all().stream()
              .filter(stored -> stored.game() == game.id() && stored.run() == run.run())
              .sorted(Comparator.comparingInt(StoredEpisode::episode))
              .toList();
      for (StoredEpisode stored : ofRun) {
        for (int copy = 0; copy < stored.copies(); copy++) {
          found.add(new Episode(dataset, game, stored, before + stored.episode()));
        }
      }
      before += run.episodesEnded();
    }
    return found;
  }

  private static final class Episode {
    private final Game game;
    private final int global;
    private final int[] actions;
    private final float[] rewards;
    private final int[] ends;
    private final double[] frameMeans;
    private final String sha256;

    Episode(Dataset dataset, Game game, StoredEpisode stored, int global) {
      this.game = game;
      this.global = global;
      this.actions = new int[stored.length()];
      this.rewards = new float[stored.length()];
      this.ends = new int[stored.length()];
      this.frameMeans = new double[stored.length()];
      MessageDigest digest = Sha256.digest();
      ByteBuffer frame = ByteBuffer.allocate(Observation.BYTES);
      try (FrameShardReader reader =
          dataset.openFrames(dataset.manifest().shards().get(stored.shard()))) {
        for (int t = 0; t < stored.length(); t++) {
          int row = stored.firstRow() + t;
          actions[t] = reader.action(row);
          rewards[t] = reader.reward(row);
          ends[t] = reader.terminal(row) ? 1 : 0;
          reader.frame(row, frame, 0);
          digest.update(frame.array());
          long sum = 0;
          for (byte pixel : frame.array()) {
            sum += Byte.toUnsignedInt(pixel);
          }
          frameMeans[t] = sum / 255.0 / Observation.BYTES;
        }
      }
      this.sha256 = Sha256.hex(digest);
    }

    int length() {
      return actions.length;
    }
  }

  /** The few tensors of the golden file, read without the tensor engine. */
  private record Tensors(JsonNode header, ByteBuffer data) {
    static Tensors read(Path file) {
      try {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int length = Math.toIntExact(bytes.getLong(0));
        String header = new String(bytes.array(), 8, length, StandardCharsets.UTF_8);
        ByteBuffer data =
            bytes.slice(8 + length, bytes.capacity() - 8 - length).order(ByteOrder.LITTLE_ENDIAN);
        return new Tensors(new ObjectMapper().readTree(header), data);
      } catch (IOException e) {
        throw new InvalidInputException(
            "Cannot read %s (%s): give the folder of golden vectors with --golden"
                .formatted(file, e.getMessage()),
            e);
      }
    }

    int uint8(String name, int index) {
      return Byte.toUnsignedInt(data.get(start(name) + index));
    }

    long int64(String name, int index) {
      return data.getLong(start(name) + Long.BYTES * index);
    }

    float float32(String name, int index) {
      return data.getFloat(start(name) + Float.BYTES * index);
    }

    private int start(String name) {
      return header.get(name).get("data_offsets").get(0).asInt();
    }
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("jowa-data-parity-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
