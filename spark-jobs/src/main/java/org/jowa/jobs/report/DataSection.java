package org.jowa.jobs.report;

import org.jowa.data.dataset.Manifest.RawReturns;
import org.jowa.jobs.html.Html;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.html.Table;
import org.jowa.jobs.report.DatasetFacts.GameFacts;

/** What the run was trained on. */
final class DataSection {

  private DataSection() {}

  static void add(Html html, RunContents run) {
    html.element("section").leaf("h2", "Training data");
    if (run.dataset().isEmpty()) {
      html.leaf("p", "No data set: " + run.whyNoDataset(), "class", "absent");
    } else {
      DatasetFacts facts = run.dataset().get();
      html.leaf("p", sentence(facts), "class", "facts").add(table(facts));
    }
    html.end();
  }

  static String sentence(DatasetFacts facts) {
    return "%s in %s, %s of them held out; %s; content %s; made from %s."
        .formatted(
            Words.counted(facts.steps(), "agent step"),
            Words.counted(facts.episodes(), "whole episode"),
            Numbers.count(facts.heldOutEpisodes()),
            Words.counted(facts.lanes(), "lane"),
            ProvenanceSection.shortened(facts.hash()),
            facts.source());
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
            "Rows left out",
            "Player");
    for (GameFacts game : facts.games()) {
      RawReturns returns = game.rawReturns();
      table.row(
          game.game(),
          Numbers.count(game.steps()),
          Numbers.count(game.episodes()),
          returns == null ? "not recorded" : Numbers.score(returns.mean()),
          returns == null
              ? Numbers.UNKNOWN
              : Numbers.score(returns.min()) + " to " + Numbers.score(returns.max()),
          returns == null ? "none" : Words.counted(returns.episodes(), "episode"),
          Numbers.count(game.leftOutRows()),
          game.players());
    }
    return table;
  }
}
