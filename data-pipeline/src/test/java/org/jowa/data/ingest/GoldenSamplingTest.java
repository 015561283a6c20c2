package org.jowa.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.ProjectFiles;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.replay.ReplayRows;
import org.jowa.data.sample.Padding;
import org.jowa.data.sample.Segmentation;
import org.jowa.data.storage.Sha256;
import org.jowa.env.game.Games;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reference's down-sampling of the golden tree, as its own code did it. */
class GoldenSamplingTest {
  @TempDir static Path folder;
  private static JsonNode golden;
  private static Dataset dataset;
  private static ByteBuffer tensors;
  private static JsonNode header;

  @BeforeAll
  static void ingest() throws IOException {
    golden = new ObjectMapper().readTree(ProjectFiles.golden().resolve("data.json").toFile());
    IngestOptions options =
        IngestOptions.everything(ProjectFiles.golden().resolve("data/original").toString(), 0, 0)
            .withGames(List.of("Assault", "Breakout"))
            .withRows(ReplayRows.REFERENCE)
            .withStepsPerGame(golden.get("steps_wanted").asLong());
    Ingest.of(folder.toString(), options, new Configuration()).run(2);
    dataset = Dataset.open(folder.toString());
    byte[] file = Files.readAllBytes(ProjectFiles.golden().resolve("data_golden.safetensors"));
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) bytes.getLong(0);
    header = new ObjectMapper().readTree(new String(file, 8, length, StandardCharsets.UTF_8));
    tensors = bytes.slice(8 + length, file.length - 8 - length).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void theSameRunsAreDrawn() {
    for (String game : dataset.games()) {
      List<Integer> expected = new ArrayList<>();
      golden.get("runs_drawn").get(game).forEach(run -> expected.add(run.asInt()));
      assertThat(
              dataset.manifest().provenance().runs().stream()
                  .filter(run -> run.game().equals(game))
                  .map(Manifest.Run::run))
          .isEqualTo(expected);
    }
  }

  @Test
  void theSameEpisodesAreDrawnAndHoldTheSameRows() {
    for (String game : dataset.games()) {
      JsonNode expected = golden.get("episodes").get(game);
      List<Episode> found = episodes(game);
      assertThat(found).hasSize(expected.size());
      for (int i = 0; i < found.size(); i++) {
        JsonNode want = expected.get(i);
        Episode episode = found.get(i);
        assertThat(episode.global).isEqualTo(want.get("global_episode").asInt());
        assertThat(episode.actions.size()).isEqualTo(want.get("length").asInt());
        assertThat(episode.sha256).isEqualTo(want.get("sha256_observations").asText());
        for (int t = 0; t < episode.actions.size(); t++) {
          int action = want.get("actions").get(t).asInt();
          assertThat(episode.actions.get(t)).isEqualTo(Games.byName(game).toFullAction(action));
          assertThat(episode.rewards.get(t))
              .isEqualTo((float) want.get("rewards").get(t).asDouble());
          assertThat(episode.terminals.get(t)).isEqualTo(want.get("terminals").get(t).asInt());
        }
      }
    }
  }

  @Test
  void theStatisticsAreThoseOfTheReference() {
    for (String game : dataset.games()) {
      JsonNode stats = golden.get("stats").get(game);
      List<Manifest.Run> runs =
          dataset.manifest().provenance().runs().stream()
              .filter(run -> run.game().equals(game))
              .toList();
      assertThat(runs.stream().mapToInt(Manifest.Run::episodesEnded).sum())
          .isEqualTo(stats.get("Total episodes").asInt());
      assertThat(
              runs.stream().flatMap(r -> r.checkpoints().stream()).mapToLong(c -> c.rows()).sum())
          .isEqualTo(stats.get("Total steps").asLong());
      assertThat(episodes(game)).hasSize(stats.get("Downsampled episodes").asInt());
    }
  }

  @Test
  void theSegmentTablesAreThoseOfTheReference() {
    for (String game : dataset.games()) {
      for (Padding padding : Padding.values()) {
        String name = padding == Padding.RIGHT ? "right_padding" : "left_padding";
        List<int[]> expected = new ArrayList<>();
        golden
            .get(name)
            .get(game)
            .forEach(
                row ->
                    expected.add(
                        new int[] {row.get(0).asInt(), row.get(1).asInt(), row.get(2).asInt()}));
        assertThat(segments(game, padding).toArray(int[][]::new))
            .isDeepEqualTo(expected.toArray(int[][]::new));
      }
    }
    long right =
        segments("Assault", Padding.RIGHT).size() + segments("Breakout", Padding.RIGHT).size();
    assertThat(dataset.manifest().segments()).isEqualTo(right);
  }

  @Test
  void theSampleRowsAreThoseOfTheReferencesLoader() {
    for (String game : dataset.games()) {
      for (Padding padding : Padding.values()) {
        String name = game + (padding == Padding.RIGHT ? "_right_padding" : "_left_padding");
        List<int[]> table = segments(game, padding);
        for (JsonNode rowNode : golden.get("sample_rows").get(name)) {
          int[] row = table.get(rowNode.asInt());
          compare(name + "." + rowNode.asInt(), episodes(game).get(row[0]), row[1]);
        }
      }
    }
  }

  private static void compare(String name, Episode episode, int start) {
    for (int i = 0; i < 8; i++) {
      int t = start + i;
      boolean real = t >= 0 && t < episode.actions.size();
      assertThat(tensors.get(at(name + ".mask_padding") + i))
          .as(name)
          .isEqualTo((byte) (real ? 1 : 0));
      assertThat(tensors.getLong(at(name + ".actions") + 8 * i))
          .as(name)
          .isEqualTo(real ? episode.actions.get(t) : 0);
      assertThat(tensors.getFloat(at(name + ".rewards") + 4 * i))
          .as(name)
          .isEqualTo(real ? episode.rewards.get(t) : 0);
      assertThat(tensors.getLong(at(name + ".ends") + 8 * i))
          .as(name)
          .isEqualTo(real ? episode.terminals.get(t) : 0);
      assertThat((double) tensors.getFloat(at(name + ".obs_frame_mean") + 4 * i))
          .as(name)
          .isCloseTo(real ? episode.frameMeans.get(t) : 0, within(1e-6));
    }
  }

  private static int at(String tensor) {
    return header.get(tensor).get("data_offsets").get(0).asInt();
  }

  private static List<int[]> segments(String game, Padding padding) {
    Segmentation segmentation = new Segmentation(8, 4, padding);
    List<int[]> rows = new ArrayList<>();
    List<Episode> episodes = episodes(game);
    for (int e = 0; e < episodes.size(); e++) {
      int length = episodes.get(e).actions.size();
      for (int s = 0; s < segmentation.count(length); s++) {
        int start = segmentation.start(s, length);
        rows.add(new int[] {e, start, start + 8});
      }
    }
    return rows;
  }

  /** The drawn episodes of a game in the reference's order, copies one after the other. */
  private static List<Episode> episodes(String game) {
    int id = Games.byName(game).id();
    List<Episode> found = new ArrayList<>();
    int before = 0;
    for (Manifest.Run run : dataset.manifest().provenance().runs()) {
      if (!run.game().equals(game)) {
        continue;
      }
      for (int e = 0; e < run.episodesEnded(); e++) {
        int number = e;
        int global = before + e;
        dataset.episodes().all().stream()
            .filter(s -> s.game() == id && s.run() == run.run() && s.episode() == number)
            .forEach(
                stored -> {
                  for (int copy = 0; copy < stored.copies(); copy++) {
                    found.add(Episode.read(stored, global));
                  }
                });
      }
      before += run.episodesEnded();
    }
    return found;
  }

  private static final class Episode {
    private final List<Integer> actions = new ArrayList<>();
    private final List<Float> rewards = new ArrayList<>();
    private final List<Integer> terminals = new ArrayList<>();
    private final List<Double> frameMeans = new ArrayList<>();
    private int global;
    private String sha256;

    static Episode read(StoredEpisode stored, int global) {
      Episode episode = new Episode();
      episode.global = global;
      MessageDigest digest = Sha256.digest();
      ByteBuffer frame = ByteBuffer.allocate(7056);
      Shard shard = dataset.manifest().shards().get(stored.shard());
      try (FrameShardReader reader = dataset.openFrames(shard)) {
        for (int row = stored.firstRow(); row < stored.firstRow() + stored.length(); row++) {
          episode.actions.add(reader.action(row));
          episode.rewards.add(reader.reward(row));
          episode.terminals.add(reader.terminal(row) ? 1 : 0);
          reader.frame(row, frame, 0);
          digest.update(frame.array());
          double sum = 0;
          for (byte pixel : frame.array()) {
            sum += Byte.toUnsignedInt(pixel) / 255.0;
          }
          episode.frameMeans.add(sum / 7056);
        }
      }
      episode.sha256 = Sha256.hex(digest);
      return episode;
    }
  }
}
