package org.jowa.jobs.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.jobs.html.Html;
import org.jowa.jobs.html.LineChart;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.html.Table;
import org.jowa.jobs.report.Comparison.Improvement;
import org.jowa.jobs.report.Comparison.Result;
import org.jowa.jobs.results.RawScores;
import org.jowa.jobs.scores.Aggregate;
import org.jowa.jobs.scores.Estimate;
import org.jowa.jobs.scores.Scores;

/** Writes the report of a comparison: page, Markdown, JSON and all raw scores. */
final class ComparisonReport {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MARKDOWN = "report.md";
  private static final String DATA = "report.json";

  private static final String NOTE =
      "Percentile bootstrap, %s resamples, seed %d. An interval of episodes resamples the episodes"
          + " of each run in each game: chance between episodes of the weights at hand. One of"
          + " trainings resamples runs within each game, with their episodes: chance between"
          + " trainings, and the one to quote where there are several. The mean is that of the"
          + " games; where Atlantis is among them it decides it.";

  private final Comparison comparison;

  private ComparisonReport(Comparison comparison) {
    this.comparison = comparison;
  }

  /**
   * Writes {@code report.html}, {@code report.md}, {@code report.json} and {@code scores.csv}.
   *
   * @return the headline, a sentence a line
   */
  static String write(Comparison comparison, Storage out) {
    ComparisonReport report = new ComparisonReport(comparison);
    WholeFiles.write(
        out,
        RawScores.FILE,
        bytes(RawScores.of(comparison.groups().stream().flatMap(ComparedRuns::labelled).toList())));
    WholeFiles.write(out, DATA, Json.bytes(report.json()));
    WholeFiles.write(out, MARKDOWN, bytes(report.markdown()));
    WholeFiles.write(out, Report.HTML, bytes(report.html()));
    return String.join("\n", report.sentences());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private List<String> sentences() {
    List<String> sentences = new ArrayList<>();
    for (int i = 0; i < comparison.results().size(); i++) {
      sentences.add(
          "%s: IQM of all episodes %s of human."
              .formatted(
                  comparison.groups().get(i).label(),
                  Words.normalised(telling(i, Aggregate.IQM_OF_EPISODES))));
    }
    for (Improvement improvement : comparison.improvements()) {
      sentences.add(
          "%s scores above %s with probability %s."
              .formatted(
                  improvement.better(),
                  improvement.than(),
                  Words.normalised(
                      improvement.overRuns().hasInterval()
                          ? improvement.overRuns()
                          : improvement.overEpisodes())));
    }
    if (sentences.isEmpty()) {
      sentences.add("None of the games has published scores: raw returns are compared alone.");
    }
    return sentences;
  }

  /** The interval of trainings where there is one. */
  private Estimate telling(int group, Aggregate aggregate) {
    Result result = comparison.results().get(group);
    Estimate overRuns = result.overRuns(aggregate);
    return overRuns.hasInterval() ? overRuns : result.overEpisodes(aggregate);
  }

  private String title() {
    return comparison.groups().stream()
        .map(ComparedRuns::label)
        .collect(Collectors.joining(" against "));
  }

  private List<Table> tables() {
    List<Table> tables = new ArrayList<>();
    if (!comparison.normalised().isEmpty()) {
      tables.add(ComparisonTables.aggregates(comparison));
    }
    if (!comparison.improvements().isEmpty()) {
      tables.add(ComparisonTables.improvements(comparison));
    }
    tables.add(ComparisonTables.byGame(comparison));
    if (!comparison.normalised().isEmpty()) {
      tables.add(ComparisonTables.besidePublished(comparison));
    }
    tables.add(ComparisonTables.groups(comparison));
    return tables;
  }

  private String note() {
    return String.format(
        Locale.ROOT,
        NOTE,
        Numbers.count(Comparison.BOOTSTRAP.resamples()),
        Comparison.BOOTSTRAP.seed());
  }

  private String rules() {
    return "Protocol "
        + Words.protocol(comparison.groups().get(0).runs().get(0).summary().protocol())
        + ".";
  }

  private String html() {
    Html html = Html.page(title() + " – JOWA comparison");
    html.element("body").element("header").element("div", "class", "title");
    html.leaf("p", "JOWA on Spark · comparison", "class", "overline").leaf("h1", title());
    html.element("p", "class", "lead").text(String.join(" ", sentences())).end().end().end();
    html.element("main").element("section").leaf("h2", "Scores");
    html.leaf("p", rules(), "class", "facts");
    tables().forEach(html::add);
    if (!comparison.results().isEmpty()) {
      html.leaf("p", note(), "class", "note");
      html.leaf("p", BesidePublished.SOURCES, "class", "note");
      html.element("div", "class", "charts").add(ComparisonTables.profiles(comparison));
      LineChart scaling = ComparisonTables.scaling(comparison);
      if (!scaling.isEmpty()) {
        html.add(scaling);
      }
      html.end();
    }
    html.element("p", "class", "facts")
        .text("Every episode's score: ")
        .leaf("a", RawScores.FILE, "href", RawScores.FILE)
        .end();
    html.end().end();
    html.leaf("footer", "Made by “bin/jowa report” from summaries alone; opens offline.");
    return html.end().end().document();
  }

  private String markdown() {
    StringBuilder text = new StringBuilder("# " + title() + "\n\n");
    text.append(String.join(" ", sentences())).append("\n\n").append(rules()).append("\n\n");
    tables().forEach(table -> text.append(table.markdown()));
    if (!comparison.results().isEmpty()) {
      text.append(note()).append("\n\n").append(BesidePublished.SOURCES).append("\n\n");
    }
    return text.append("Every episode's score: [scores.csv](scores.csv)\n")
        .toString()
        .replace("<", "&lt;");
  }

  private ObjectNode json() {
    ObjectNode root = JSON.createObjectNode().put("format", 1);
    root.set("headline", JSON.valueToTree(sentences()));
    root.set("games", JSON.valueToTree(comparison.games()));
    root.set("bootstrap", JSON.valueToTree(Comparison.BOOTSTRAP));
    ArrayNode groups = root.putArray("groups");
    for (int i = 0; i < comparison.groups().size(); i++) {
      ComparedRuns group = comparison.groups().get(i);
      ObjectNode node = groups.addObject().put("label", group.label());
      ArrayNode runs = node.putArray("runs");
      for (ComparedRuns.Compared run : group.runs()) {
        runs.addObject()
            .put("run", run.run())
            .put("evaluation", run.summary().name())
            .set("model", JSON.valueToTree(run.summary().model()));
      }
      if (!comparison.results().isEmpty()) {
        Result result = comparison.results().get(i);
        node.set("overEpisodes", byTitle(result.overEpisodes()));
        node.set("overRuns", byTitle(result.overRuns()));
      }
      ObjectNode games = node.putObject("scores");
      for (String game : comparison.games()) {
        double[] returns = ComparisonTables.returns(group.episodes(game));
        games
            .putObject(game)
            .put("mean", Scores.mean(returns))
            .put("median", Scores.median(returns))
            .put("standardError", Scores.standardError(returns))
            .set("rawReturns", JSON.valueToTree(returns));
      }
    }
    root.set("improvement", JSON.valueToTree(comparison.improvements()));
    return root;
  }

  private static ObjectNode byTitle(Map<Aggregate, Estimate> estimates) {
    ObjectNode node = JSON.createObjectNode();
    estimates.forEach(
        (aggregate, estimate) ->
            node.set(aggregate.name().toLowerCase(Locale.ROOT), JSON.valueToTree(estimate)));
    return node;
  }
}
