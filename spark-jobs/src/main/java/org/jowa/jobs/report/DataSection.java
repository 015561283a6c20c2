package org.jowa.jobs.report;

import java.util.Optional;
import org.jowa.jobs.report.DatasetFacts.GameFacts;
import org.jowa.jobs.report.DatasetFacts.RawReturns;
import org.jowa.jobs.report.html.Html;
import org.jowa.jobs.report.html.Numbers;

/** What the run was trained on. */
final class DataSection {
  private DataSection() {}

  static void add(Html html, Optional<DatasetFacts> dataset) {
    html.element("section").leaf("h2", "Training data");
    if (dataset.isEmpty()) {
      html.leaf("p", "The data set was not found.", "class", "absent");
    } else {
      DatasetFacts facts = dataset.get();
      html.leaf("p", sentence(facts), "class", "facts").add(table(facts));
    }
    html.end();
  }

  static String sentence(DatasetFacts facts) {
    return "%s in %s, %s of them held out; %s; manifest %s."
        .formatted(
            Words.counted(facts.steps(), "agent step"),
            Words.counted(facts.episodes(), "whole episode"),
            Numbers.count(facts.heldOutEpisodes()),
            Words.counted(facts.lanes(), "lane"),
            facts.hash());
  }

  static Table table(DatasetFacts facts) {
    Table table =
        Table.of(
            "Recorded play, raw returns of whole episodes",
            "Game",
            "Steps",
            "Episodes",
            "Mean return",
            "Min to max",
            "Returns known for",
            "Source");
    for (GameFacts game : facts.games()) {
      RawReturns returns = game.rawReturns();
      boolean known = returns != null;
      table.row(
          game.game(),
          Numbers.count(game.steps()),
          Numbers.count(game.episodes()),
          known ? Numbers.score(returns.mean()) : "not recorded",
          known ? Numbers.score(returns.min()) + " to " + Numbers.score(returns.max()) : "–",
          known ? Words.counted(returns.episodes(), "episode") : "none",
          game.source());
    }
    return table;
  }
}
