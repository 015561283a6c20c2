package org.jowa.jobs.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.jobs.html.Html;
import org.jowa.jobs.html.LineChart;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.html.Table;

/** Learning curves of the tokenizer and of the world-action model. */
final class CurvesSection {
  private static final Map<String, String> STAGE_LABELS =
      Map.of(
          "behaviour",
          "behaviour",
          "neighbourhood",
          "neighbourhood",
          "stage1",
          "stage 1",
          "stage2",
          "stage 2");

  private final LoggedMetrics metrics;

  private CurvesSection(LoggedMetrics metrics) {
    this.metrics = metrics;
  }

  static void add(Html html, LoggedMetrics metrics) {
    CurvesSection section = new CurvesSection(metrics);
    html.element("section").leaf("h2", "Learning");
    Optional<JsonNode> dictionary = metrics.dictionary();
    if (dictionary.isPresent()) {
      html.leaf("h3", "Tokenizer").add(foundAgain(dictionary.get()));
    } else if (metrics.hasTokenizer() || !metrics.tokenizerLearned()) {
      section.part(
          html, "Tokenizer", section.tokenizer(), metrics.hasTokenizer(), Missing.TRAIN_TOKENIZER);
    }
    if (metrics.hasTokenizerAlong()) {
      section.part(html, "Tokenizer, learning with the model", section.tokenizerAlong(), true, "");
    }
    section.part(html, "World-action model", section.world(), metrics.hasWorld(), Missing.PRETRAIN);
    html.end();
  }

  private void part(
      Html html, String title, List<LineChart> charts, boolean logged, String command) {
    html.leaf("h3", title);
    if (!logged) {
      html.element("p", "class", "absent").text("Nothing logged. ").leaf("code", command).end();
      return;
    }
    html.leaf("p", "By optimizer step; the legend has the last value.", "class", "facts");
    html.element("div", "class", "charts");
    charts.stream().filter(chart -> !chart.isEmpty()).forEach(html::add);
    html.end();
  }

  private List<LineChart> tokenizer() {
    List<LineChart> charts = new ArrayList<>();
    charts.add(loss(true, "Reconstruction", "mean absolute error", "reconstruction"));
    charts.add(loss(true, "Perceptual", "LPIPS", "perceptual"));
    charts.add(loss(true, "Codebook", "squared distance", "codebook"));
    charts.add(loss(true, "Commitment", "squared distance", "commitment"));
    charts.add(
        LineChart.titled("Codebook use", "share of codes in use")
            .format(Numbers::percent)
            .line(metrics.line("use", true, "/codebookUse"))
            .line(metrics.line("held-out", true, "/heldOut/codebookUse")));
    charts.add(
        LineChart.titled("Codebook perplexity", "codes used evenly")
            .line(metrics.line("training", true, "/codebookPerplexity"))
            .line(metrics.line("held-out", true, "/heldOut/codebookPerplexity")));
    charts.add(single(true, "Gradient norm", "before clipping", "gradientNorm"));
    charts.add(single(true, "Speed", "frames per second", "framesPerSecond"));
    return charts;
  }

  /** A dictionary isn't trained in steps: it has figures, and no curves. */
  private static Table foundAgain(JsonNode dictionary) {
    Table table =
        Table.of(
            "Dictionary of patches, on held-out frames",
            "Game",
            "Small moving things found again",
            "Mean absolute error");
    dictionary
        .path("games")
        .fields()
        .forEachRemaining(game -> dictionaryRow(table, game.getKey(), game.getValue()));
    dictionaryRow(table, "all games", dictionary.path("heldOut"));
    return table;
  }

  private static void dictionaryRow(Table table, String game, JsonNode figures) {
    JsonNode recall = figures.path("smallObjectRecall");
    table.row(
        game,
        recall.isNumber() ? Numbers.percent(recall.doubleValue()) : Numbers.UNKNOWN,
        Numbers.significant(figures.path("reconstruction").doubleValue()));
  }

  private List<LineChart> tokenizerAlong() {
    List<LineChart> charts = new ArrayList<>();
    charts.add(single(false, "Reconstruction", "mean absolute error", "tokenizerReconstruction"));
    charts.add(single(false, "Perceptual", "LPIPS", "tokenizerPerceptual"));
    charts.add(single(false, "Codebook", "squared distance", "tokenizerCodebook"));
    charts.add(single(false, "Commitment", "squared distance", "tokenizerCommitment"));
    charts.add(
        single(false, "Codebook use", "share of codes in use", "tokenizerCodebookUse")
            .format(Numbers::percent));
    charts.forEach(this::markStages);
    return charts;
  }

  private List<LineChart> world() {
    List<LineChart> charts = new ArrayList<>();
    charts.add(loss(false, "Observation", "cross-entropy a token", "observation"));
    charts.add(loss(false, "Behaviour", "cross-entropy of what the players did", "cloning"));
    charts.add(loss(false, "Reward", "cross-entropy", "reward"));
    charts.add(loss(false, "End of episode", "cross-entropy", "end"));
    charts.add(loss(false, "Temporal difference", "loss of the Q-function", "td"));
    charts.add(loss(false, "Conservative penalty", "before its weight", "penalty"));
    charts.add(loss(false, "Total", "what is minimised", "total"));
    charts.add(byGame("Observation by game", "cross-entropy", "observation"));
    charts.add(byGame("Temporal difference by game", "loss of the Q-function", "td"));
    charts.add(single(false, "Gradient norm", "before clipping", "gradientNorm"));
    charts.add(single(false, "Learning rate", "of all but the Q heads", "learningRate"));
    charts.add(single(false, "Speed", "sequences per second", "sequencesPerSecond"));
    charts.forEach(this::markStages);
    return charts;
  }

  private LineChart loss(boolean tokenizer, String title, String unit, String name) {
    return LineChart.titled(title, unit)
        .line(metrics.line("training", tokenizer, "/" + name))
        .line(metrics.line("held-out", tokenizer, "/heldOut/" + name));
  }

  private LineChart single(boolean tokenizer, String title, String unit, String name) {
    return LineChart.titled(title, unit).line(metrics.line("training", tokenizer, "/" + name));
  }

  private LineChart byGame(String title, String unit, String name) {
    LineChart chart = LineChart.titled(title, unit);
    if (metrics.games().size() <= LineChart.MAX_LINES) {
      for (String game : metrics.games()) {
        chart.line(metrics.line(game, false, "/games/" + game + "/" + name));
      }
    }
    return chart;
  }

  private void markStages(LineChart chart) {
    metrics.worldStages().entrySet().stream()
        .skip(1)
        .forEach(
            stage ->
                chart.mark(
                    stage.getValue(), STAGE_LABELS.getOrDefault(stage.getKey(), stage.getKey())));
  }
}
