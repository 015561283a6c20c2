package org.jowa.jobs.scores;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.jowa.env.game.ReferenceScores;
import org.jowa.error.InvalidInputException;
import org.jowa.model.parity.ParityResult;

/**
 * Compares our arithmetic with {@code scores.json}: what the reference script makes of the
 * published raw scores, and the published episodes.
 */
public final class ScoresParity {
  /** Sums in another order: a few units in the last place. */
  private static final double ROUNDING = 1e-12;

  private static final String FILE = "scores.json";

  private final JsonNode golden;
  private final List<ParityResult> results = new ArrayList<>();

  private ScoresParity(JsonNode golden) {
    this.golden = golden;
  }

  /**
   * One result for each quantity of each algorithm, and for the episodes of each model size.
   *
   * @param golden the folder of golden vectors
   * @throws InvalidInputException if its {@code scores.json} is missing or unreadable
   */
  public static List<ParityResult> run(Path golden) {
    Path file = golden.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new InvalidInputException(
          "No " + FILE + " in " + golden + ": give the folder of golden vectors with --golden");
    }
    ScoresParity parity;
    try {
      parity = new ScoresParity(new ObjectMapper().readTree(file.toFile()));
    } catch (IOException e) {
      throw new InvalidInputException("Cannot read " + file + ": " + e.getMessage(), e);
    }
    parity.compareTable();
    parity.compareEpisodes();
    return List.copyOf(parity.results);
  }

  private void compareTable() {
    for (String column : List.of("HNS", "DNS")) {
      for (Map.Entry<String, JsonNode> row : golden.get("table").properties()) {
        compareColumn(row.getKey(), column, row.getValue().get(column));
      }
    }
  }

  private void compareColumn(String algorithm, String column, JsonNode expected) {
    List<Double> normalised = new ArrayList<>();
    double worst = 0;
    int superhuman = 0;
    for (Map.Entry<String, JsonNode> game : golden.get("raw").get(algorithm).properties()) {
      double raw = game.getValue().asDouble();
      double score = normalised(game.getKey(), raw, column);
      normalised.add(score);
      worst = Math.max(worst, relativeError(score, expected.get(game.getKey()).asDouble()));
      superhuman += raw > golden.get("base").get(game.getKey()).get("human").asDouble() ? 1 : 0;
    }
    double[] scores = toArray(normalised);
    add(algorithm, column + " per game", worst);
    add(
        algorithm,
        column + " median",
        relativeError(Scores.median(scores), expected.get("Median NS").asDouble()));
    add(
        algorithm,
        column + " IQM of game means",
        relativeError(Scores.interquartileMean(scores), expected.get("IQM NS").asDouble()));
    // The reference's DNS column repeats the count of games above human.
    add(
        algorithm,
        column + " superhuman",
        Math.abs(superhuman - expected.get("Superhuman").asDouble()));
  }

  private void compareEpisodes() {
    for (Map.Entry<String, JsonNode> size : golden.get("episodes").properties()) {
      double worstMean = 0;
      double worstIqm = 0;
      for (JsonNode game : size.getValue()) {
        double[] raw = numbers(game.get("raw_scores"));
        worstMean =
            Math.max(worstMean, relativeError(Scores.mean(raw), game.get("mean").asDouble()));
        worstIqm =
            Math.max(
                worstIqm, relativeError(Scores.interquartileMean(raw), game.get("iqm").asDouble()));
      }
      add("episodes " + size.getKey(), "mean per game", worstMean);
      add("episodes " + size.getKey(), "IQM per game", worstIqm);
    }
  }

  private double normalised(String game, double raw, String column) {
    JsonNode base = golden.get("base").get(game);
    ReferenceScores scores =
        new ReferenceScores(
            base.get("random").asDouble(),
            base.get("human").asDouble(),
            base.get("dqn").asDouble());
    return column.equals("HNS") ? scores.humanNormalised(raw) : scores.dqnNormalised(raw);
  }

  private void add(String caseName, String quantity, double error) {
    results.add(ParityResult.compared("scores " + caseName, quantity, error, ROUNDING));
  }

  private static double relativeError(double actual, double expected) {
    return Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
  }

  private static double[] numbers(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToDouble(JsonNode::asDouble)
        .toArray();
  }

  private static double[] toArray(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
