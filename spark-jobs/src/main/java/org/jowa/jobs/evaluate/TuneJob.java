package org.jowa.jobs.evaluate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.torch.TorchRuntime;

/**
 * Chooses planner settings for each game by play on a seed of its own, which no evaluation of the
 * chosen settings is to be made on.
 */
public final class TuneJob implements Job<Map<String, List<TuneJob.Tried>>> {
  /** Within {@code RUN/tuning/NAME}: what {@code evaluate --settings} reads. */
  public static final String SETTINGS = "settings.yaml";

  /** Beside it: all candidates with all their scores. */
  public static final String SCORES = "tuning.json";

  private final String run;
  private final String name;
  private final long seed;
  private final List<Candidate> candidates;
  private final Optional<Path> roms;

  /**
   * Settings to try.
   *
   * @param options names without dashes, and values
   * @param plan evaluates them
   */
  public record Candidate(Map<String, String> options, EvaluationPlan plan) {}

  /**
   * What play with a candidate gave in one game.
   *
   * @param rawReturns of all episodes
   */
  public record Tried(Map<String, String> options, double mean, List<Double> rawReturns) {}

  /**
   * @param name of the tuning, a folder's name
   * @param seed that all candidates play on
   * @param candidates in the order in which the first of equal ones is taken
   */
  public TuneJob(
      String run, String name, long seed, List<Candidate> candidates, Optional<Path> roms) {
    this.run = run;
    this.name = name;
    this.seed = seed;
    this.candidates = List.copyOf(candidates);
    this.roms = roms;
  }

  /**
   * Plays with all candidates; those that were played before a kill are not played again.
   *
   * @throws org.jowa.error.UsageException if a candidate's context or horizon is past the model's
   * @return what was tried, by game, the best first
   */
  @Override
  public Map<String, List<Tried>> run(SparkJobs jobs) throws IOException {
    requireFit();
    Map<String, List<Tried>> games = new LinkedHashMap<>();
    for (Candidate candidate : candidates) {
      EvaluationSummary summary = new EvaluateJob(candidate.plan(), roms).run(jobs);
      for (GameResult game : summary.games()) {
        List<Double> returns = game.episodes().stream().map(EpisodeResult::rawReturn).toList();
        games
            .computeIfAbsent(game.game(), unseen -> new ArrayList<>())
            .add(new Tried(candidate.options(), game.agent().mean(), returns));
      }
    }
    // Stable: of equal ones the first stays first.
    games.values().forEach(tried -> tried.sort((a, b) -> Double.compare(b.mean(), a.mean())));
    Storage folder = Storage.at(run, SparkJobs.hadoop()).folder("tuning/" + name);
    Map<String, Object> scores = new LinkedHashMap<>();
    scores.put(EvaluationSummary.TUNED_ON, seed);
    scores.put("games", games);
    WholeFiles.write(folder, SCORES, Json.bytes(scores));
    WholeFiles.write(folder, SETTINGS, settings(games));
    return games;
  }

  /** Before hours of play: whether the model has room for all candidates. */
  private void requireFit() {
    TorchRuntime.init();
    TrainedAgent agent = TrainedAgent.of(candidates.get(0).plan(), SparkJobs.hadoop());
    candidates.forEach(candidate -> agent.fit(candidate.plan()));
  }

  private byte[] settings(Map<String, List<Tried>> games) throws IOException {
    Map<String, Object> file = new LinkedHashMap<>();
    file.put(EvaluationSummary.TUNED_ON, seed);
    Map<String, Object> best = new LinkedHashMap<>();
    games.forEach((game, tried) -> best.put(game, tried.get(0).options()));
    file.put("games", best);
    YAMLFactory yaml =
        YAMLFactory.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .build();
    return new ObjectMapper(yaml).writeValueAsBytes(file);
  }
}
