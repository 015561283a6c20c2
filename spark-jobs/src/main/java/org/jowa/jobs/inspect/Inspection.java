package org.jowa.jobs.inspect;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Manifest.GameStatistics;

/**
 * What is in a data set. The names are a contract with scripts.
 *
 * @param steps agent steps of all games
 * @param episodes of all games
 * @param segments of all games
 * @param lanes of the sample order
 * @param verified whether every hash and row was checked just now
 * @param games in the data set's order
 */
public record Inspection(
    long steps, long episodes, long segments, int lanes, boolean verified, List<Game> games) {

  /**
   * One game.
   *
   * @param rewardSum of the rewards as logged, clipped as a rule
   * @param shards files of its frames
   * @param observationSha256 over all its frames
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Game(
      String game,
      long steps,
      long episodes,
      long segments,
      @JsonProperty("reward_sum") double rewardSum,
      long shards,
      @JsonProperty("observation_sha256") String observationSha256) {}

  /** Reads the table of contents. */
  public static Inspection of(Dataset dataset, boolean verified) {
    Manifest manifest = dataset.manifest();
    return new Inspection(
        manifest.steps(),
        manifest.episodes(),
        manifest.segments(),
        manifest.lanes().size(),
        verified,
        manifest.games().stream().map(game -> game(manifest, game)).toList());
  }

  private static Game game(Manifest manifest, GameStatistics game) {
    long shards =
        manifest.shards().stream().filter(shard -> shard.game().equals(game.game())).count();
    return new Game(
        game.game(),
        game.steps(),
        game.episodes(),
        game.segments(),
        game.rewardSum(),
        shards,
        game.observationSha256());
  }

  /** One JSON document. */
  public String toJson() {
    try {
      return new ObjectMapper().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A table for people. */
  public void print(PrintStream out) {
    out.printf(
        "%-18s %12s %10s %12s %12s %8s%n",
        "game", "steps", "episodes", "segments", "reward sum", "shards");
    for (Game game : games) {
      out.printf(
          "%-18s %,12d %,10d %,12d %,12.1f %,8d%n",
          game.game, game.steps, game.episodes, game.segments, game.rewardSum, game.shards);
    }
    out.printf("%-18s %,12d %,10d %,12d%n", "all", steps, episodes, segments);
    out.printf("%d lanes; %s%n", lanes, verified ? "every byte verified" : "not verified");
  }
}
