package org.jowa.data.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jowa.data.SmallLogs;
import org.jowa.data.storage.Json;
import org.jowa.data.tokens.TokenSet;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyTest {
  @TempDir Path logs;
  @TempDir Path out;
  private Dataset dataset;

  @BeforeEach
  void ingest() {
    SmallLogs.write(logs);
    dataset = SmallLogs.ingest(logs, out);
  }

  private static List<ShardCheck> shards(Dataset dataset) {
    return IntStream.range(0, dataset.manifest().shards().size())
        .mapToObj(dataset::verifyShard)
        .toList();
  }

  @Test
  void shardsOneByOneHoldWhatTheManifestSaysOfEachGame() {
    List<ShardCheck> checks = shards(dataset);
    dataset.requireSums(checks);
    List<ShardCheck> oneMissing = new ArrayList<>(checks);
    oneMissing.remove(0);
    assertThatThrownBy(() -> dataset.requireSums(oneMissing))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("the manifest says");
  }

  @Test
  void theManifestTellsActionsRewardsReturnsAndLengths() {
    for (Manifest.GameStatistics game : dataset.manifest().games()) {
      long[] actions = new long[18];
      List<StoredEpisode> episodes =
          dataset.episodes().all().stream().filter(e -> e.game() == game.id()).toList();
      int positive = 0;
      for (StoredEpisode episode : episodes) {
        try (FrameShardReader reader =
            dataset.openFrames(dataset.manifest().shards().get(episode.shard()))) {
          for (int i = 0; i < episode.length(); i++) {
            actions[reader.action(episode.firstRow() + i)]++;
            positive += reader.reward(episode.firstRow() + i) == 1 ? 1 : 0;
          }
        }
      }
      Play play = game.play();
      assertThat(play.actions().stream().mapToLong(Long::longValue).toArray()).isEqualTo(actions);
      assertThat(play.actions().stream().mapToLong(Long::longValue).sum()).isEqualTo(game.steps());
      assertThat(play.rewards()).contains(new Play.RewardCount(1, positive));
      assertThat(play.returns().mean() * episodes.size())
          .isCloseTo(game.rewardSum(), org.assertj.core.api.Assertions.within(1e-6));
      assertThat(play.lengths().max())
          .isEqualTo(episodes.stream().mapToInt(StoredEpisode::length).max().orElseThrow());
      assertThat(Games.byName(game.game()).id()).isEqualTo(game.id());
    }
  }

  @Test
  void quantilesAreLinearBetweenNeighbours() {
    assertThat(Play.Spread.of(new double[] {4, 1, 3, 2}))
        .isEqualTo(new Play.Spread(2.5, 1, 1.75, 2.5, 3.25, 4));
    assertThat(Play.Spread.of(new double[] {-3}))
        .isEqualTo(new Play.Spread(-3, -3, -3, -3, -3, -3));
  }

  @Test
  void anEditOfAnyNumberInTheManifestShows() throws IOException {
    Path file = out.resolve("manifest.json");
    String text = Files.readString(file);
    Files.writeString(file, text.replaceFirst("\"median\" : ", "\"median\" : 1"));
    assertThatThrownBy(() -> Dataset.open(out.toString()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Altered manifest")
        .hasMessageContaining("manifest.json");
  }

  @Test
  void aManifestOfVersion1IsStillReadAndVerified() throws IOException {
    Manifest now = dataset.manifest();
    String old =
        Json.write(now)
            .replaceFirst("\"version\" : 2", "\"version\" : 1")
            .replaceFirst("  \"checksum\" : \"[0-9a-f]+\",\n", "")
            .replaceAll("(?s),\n    \"play\" : \\{.*?\n    \\}", "");
    assertThat(old).doesNotContain("\"play\"", "\"checksum\"");
    Files.writeString(out.resolve("manifest.json"), old);
    Dataset read = Dataset.open(out.toString());
    assertThat(read.contentHash()).isEqualTo(now.contentHash());
    assertThat(read.manifest().games()).allMatch(game -> game.play() == null);
    read.requireSums(shards(read));
    assertThat(read.verify()).hasSize(2);
    Files.writeString(out.resolve("manifest.json"), old.replaceFirst(": 1,", ": 3,"));
    assertThatThrownBy(() -> Dataset.open(out.toString()))
        .hasMessageContaining("has version 3, this program reads versions 1 to 2");
  }

  @Test
  void theCardTellsGamesActionsAndWhereTheyAreFrom() throws IOException {
    String card = Files.readString(out.resolve("README.md"));
    assertThat(card)
        .contains("# Atari play of 2 games")
        .contains("| Pong | ")
        .contains(dataset.contentHash())
        .contains(logs.toString())
        .contains("The logs of Breakout, Pong don't tell who played.")
        .doesNotContain("null");
  }

  @Test
  void aTokenShardThatEndsEpisodesElsewhereIsNamed() {
    TokenSet tokens = SmallLogs.tokenize(dataset);
    for (int shard = 0; shard < tokens.manifest().shards().size(); shard++) {
      tokens.verify(shard, dataset.episodes());
    }
    List<StoredEpisode> shifted =
        dataset.episodes().all().stream()
            .map(
                e ->
                    new StoredEpisode(
                        e.game(),
                        e.run(),
                        e.episode(),
                        e.lane(),
                        e.shard(),
                        e.firstRow(),
                        e.length() + 1,
                        e.copies(),
                        e.rewardSum(),
                        e.rawReturn()))
            .toList();
    assertThatThrownBy(() -> tokens.verify(0, new EpisodeTable(shifted)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(tokens.manifest().shards().get(0).path())
        .hasMessageContaining("episode");
  }
}
