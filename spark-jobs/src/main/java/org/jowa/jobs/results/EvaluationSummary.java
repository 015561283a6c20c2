package org.jowa.jobs.results;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jowa.env.game.ReferenceScores;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.scores.Bootstrap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that one evaluation found and what it takes to repeat it: the content of {@code
 * evaluation/<name>/summary.json}.
 *
 * @param format version of the file's layout, {@value #FORMAT}
 * @param name of the evaluation
 * @param planner {@code none}, {@code beam} or {@code mcts}
 * @param plannerSettings the planner's settings by name, {@code beam-width} for instance
 * @param imagination what imagining frames took since the evaluation was last begun, {@link
 *     #PASSES} and {@link #ACCEPTANCE}; with several games also of each, {@code Pong.acceptance};
 *     empty where nothing was imagined or it wasn't counted
 * @param seed of all draws
 * @param games in the order of evaluation
 * @param aggregates null if no game has published scores
 * @param versions of the programs that took part, by name
 * @param wallSeconds how long it took
 */
public record EvaluationSummary(
    int format,
    String name,
    EvaluationProtocol protocol,
    String planner,
    Map<String, String> plannerSettings,
    Map<String, Double> imagination,
    long seed,
    EvaluatedModel model,
    List<GameResult> games,
    @Nullable Aggregates aggregates,
    Map<String, String> versions,
    double wallSeconds) {

  /** The layout that this class writes. */
  public static final int FORMAT = 1;

  /** Planner setting that names the seed which settings of games were chosen on. */
  public static final String TUNED_ON = "tuned-on-seed";

  /** Of {@link #imagination}: passes of the model that a frame took, 37 token by token. */
  public static final String PASSES = "passes-per-frame";

  /** Of {@link #imagination}: the share of guessed tokens that were right. */
  public static final String ACCEPTANCE = "acceptance";

  /** File name within {@code evaluation/<name>/}. */
  public static final String FILE = "summary.json";

  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
  private static final ObjectWriter WRITER = JSON.writer(prettyPrinter());

  public EvaluationSummary {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(protocol, "protocol");
    Objects.requireNonNull(planner, "planner");
    Objects.requireNonNull(model, "model");
    games = List.copyOf(Objects.requireNonNull(games, "games"));
    plannerSettings = sorted(plannerSettings);
    imagination = sorted(imagination);
    versions = sorted(versions);
  }

  /** Starts a summary; everything but the planner's settings and the versions has to be given. */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param where the file's name for messages
   * @throws InvalidInputException if it is not a summary of a layout that we know
   */
  public static EvaluationSummary read(InputStream in, String where) {
    EvaluationSummary summary;
    try {
      summary = JSON.readValue(in, EvaluationSummary.class);
    } catch (IOException e) {
      String reason =
          Objects.requireNonNullElse(e.getMessage(), e.toString())
              .lines()
              .findFirst()
              .orElse("unreadable");
      throw new InvalidInputException(
          "Cannot read evaluation summary " + where + ": " + reason + "; run the evaluation again",
          e);
    }
    if (summary.format != FORMAT) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "Evaluation summary %s has format %d, expected %d: run the evaluation again",
              where,
              summary.format,
              FORMAT));
    }
    return summary;
  }

  /**
   * Why there is no interval over all runs of the games with published scores.
   *
   * @return a few words, null where there is one
   */
  public @Nullable String whyNoIntervalOverRuns() {
    return Bootstrap.whyNoInterval(
        games.stream()
            .filter(game -> game.published() != null)
            .map(game -> ScoreStatistics.returns(game.episodes()))
            .toList());
  }

  /** Whether the agent planned, in a game at least. */
  public boolean plans() {
    return !planner.equals("none");
  }

  /** Whether the step limit ended an episode of the agent. */
  public boolean cut() {
    return games.stream().anyMatch(GameResult::truncated);
  }

  /** Writes JSON, byte-equal for equal summaries; leaves {@code out} open. */
  public void write(OutputStream out) throws IOException {
    out.write((WRITER.writeValueAsString(this) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static <V> Map<String, V> sorted(Map<String, V> map) {
    return map == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(map));
  }

  private static DefaultPrettyPrinter prettyPrinter() {
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    return new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines);
  }

  /** Collects what an evaluation found and computes statistics and aggregates. */
  @SuppressWarnings("NullAway.Init")
  public static final class Builder {
    private final String name;
    private final List<GameResult> games = new ArrayList<>();
    private final Map<String, String> plannerSettings = new TreeMap<>();
    private final Map<String, Double> imagination = new TreeMap<>();
    private final Map<String, String> versions = new TreeMap<>();
    private EvaluationProtocol protocol;
    private String planner;
    private EvaluatedModel model;
    private long seed;
    private double wallSeconds;

    private Builder(String name) {
      this.name = name;
    }

    public Builder protocol(EvaluationProtocol rules) {
      protocol = rules;
      return this;
    }

    public Builder planner(String plannerName, Map<String, String> settings) {
      planner = plannerName;
      plannerSettings.putAll(settings);
      return this;
    }

    /** Adds something about what imagining frames took. */
    public Builder imagination(String quantity, double value) {
      imagination.put(quantity, value);
      return this;
    }

    public Builder seed(long value) {
      seed = value;
      return this;
    }

    public Builder model(EvaluatedModel evaluated) {
      model = evaluated;
      return this;
    }

    public Builder version(String program, String version) {
      versions.put(program, version);
      return this;
    }

    public Builder wallSeconds(double seconds) {
      wallSeconds = seconds;
      return this;
    }

    /**
     * Adds a game.
     *
     * @param published empty where papers have no scores for the game
     * @param episodes the agent's, at least one
     * @param randomEpisodes those of a random player under the same protocol and step limit; empty
     *     if not measured
     */
    public Builder game(
        String game,
        String romMd5,
        Optional<ReferenceScores> published,
        List<EpisodeResult> episodes,
        List<EpisodeResult> randomEpisodes) {
      games.add(GameResult.of(game, romMd5, published, episodes, randomEpisodes));
      return this;
    }

    /**
     * @throws NullPointerException if protocol, planner or model was not given
     */
    public EvaluationSummary build() {
      return new EvaluationSummary(
          FORMAT,
          name,
          protocol,
          planner,
          plannerSettings,
          imagination,
          seed,
          model,
          games,
          Aggregates.of(games),
          versions,
          wallSeconds);
    }
  }
}
