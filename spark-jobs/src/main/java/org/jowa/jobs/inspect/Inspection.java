package org.jowa.jobs.inspect;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.GameCheck;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Manifest.GameStatistics;
import org.jowa.data.dataset.Play;
import org.jspecify.annotations.Nullable;

/**
 * What is in a data set. The names are a contract with scripts.
 *
 * @param steps agent steps of all games
 * @param episodes of all games
 * @param segments of all games
 * @param lanes of the sample order
 * @param verified whether every hash and row was checked just now
 * @param games in the data set's order
 * @param manifest for what only people are told
 */
public record Inspection(
    long steps,
    long episodes,
    long segments,
    int lanes,
    boolean verified,
    List<Game> games,
    @JsonIgnore Manifest manifest) {

  /**
   * One game.
   *
   * @param rewardSum of the rewards as logged, clipped as a rule
   * @param shards files of its frames
   * @param observationSha256 over all its frames in the order of play, null when neither a
   *     verification nor the manifest tells
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Game(
      String game,
      long steps,
      long episodes,
      long segments,
      @JsonProperty("reward_sum") double rewardSum,
      long shards,
      @JsonProperty("observation_sha256") @Nullable String observationSha256) {}

  /** Reads the table of contents. */
  public static Inspection of(Dataset dataset) {
    return of(dataset, false, Map.of());
  }

  /**
   * Of a data set that was checked just now.
   *
   * @param checks one a game
   */
  public static Inspection verified(Dataset dataset, List<GameCheck> checks) {
    return of(
        dataset,
        true,
        checks.stream().collect(Collectors.toMap(GameCheck::game, GameCheck::observationSha256)));
  }

  private static Inspection of(Dataset dataset, boolean verified, Map<String, String> hashes) {
    Manifest manifest = dataset.manifest();
    return new Inspection(
        manifest.steps(),
        manifest.episodes(),
        manifest.segments(),
        manifest.lanes().size(),
        verified,
        manifest.games().stream()
            .map(game -> game(manifest, game, hashes.get(game.game())))
            .toList(),
        manifest);
  }

  private static Game game(Manifest manifest, GameStatistics game, @Nullable String found) {
    long shards =
        manifest.shards().stream().filter(shard -> shard.game().equals(game.game())).count();
    return new Game(
        game.game(),
        game.steps(),
        game.episodes(),
        game.segments(),
        game.rewardSum(),
        shards,
        found == null ? game.observationSha256() : found);
  }

  /** One JSON document. */
  public String toJson() {
    try {
      return new ObjectMapper().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tables for people. */
  public void print(PrintStream out) {
    printGames(out);
    printPlay(out);
  }

  private void printGames(PrintStream out) {
    out.printf(
        "%-18s %12s %10s %12s %12s %8s%n",
        "game", "steps", "episodes", "segments", "reward sum", "shards");
    for (Game game : games) {
      out.printf(
          Locale.ROOT,
          "%-18s %,12d %,10d %,12d %,12.1f %,8d%n",
          game.game,
          game.steps,
          game.episodes,
          game.segments,
          game.rewardSum,
          game.shards);
    }
    out.printf(Locale.ROOT, "%-18s %,12d %,10d %,12d%n", "all", steps, episodes, segments);
    out.printf(
        Locale.ROOT, "%d lanes; %s%n", lanes, verified ? "every byte verified" : "not verified");
  }

  private void printPlay(PrintStream out) {
    out.printf(
        "%n%-18s %10s %10s %10s %10s %12s  %s%n",
        "returns", "mean", "median", "min", "max", "mean length", "steps with each reward");
    for (GameStatistics game : manifest.games()) {
      Play play = game.play();
      if (play == null) {
        out.printf("%-18s not in the manifest: an older version made it%n", game.game());
        continue;
      }
      StringBuilder rewards = new StringBuilder();
      for (Play.RewardCount count : play.rewards()) {
        rewards.append(
            String.format(
                Locale.ROOT,
                "%s%s: %,d",
                rewards.isEmpty() ? "" : ", ",
                count.reward(),
                count.steps()));
      }
      out.printf(
          Locale.ROOT,
          "%-18s %,10.2f %,10.2f %,10.2f %,10.2f %,12.1f  %s%n",
          game.game(),
          play.returns().mean(),
          play.returns().median(),
          play.returns().min(),
          play.returns().max(),
          play.lengths().mean(),
          rewards);
    }
    out.printf(
        Locale.ROOT,
        "%nfrom %s, seed %d, content %s%n",
        manifest.provenance().source(),
        manifest.provenance().seed(),
        manifest.contentHash());
  }
}
