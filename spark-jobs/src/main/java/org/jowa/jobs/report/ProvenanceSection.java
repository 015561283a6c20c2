package org.jowa.jobs.report;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.jobs.report.evaluation.EvaluationSummary;
import org.jowa.jobs.report.evaluation.GameResult;
import org.jowa.jobs.report.html.Html;
import org.jowa.jobs.report.html.Numbers;

/** What it takes to repeat the run: checkpoints, seeds, ROMs, versions, configuration. */
final class ProvenanceSection {
  private static final int SHORT_HASH = 12;

  private ProvenanceSection() {}

  static void add(Html html, RunContents run) {
    html.element("section").leaf("h2", "To repeat it");
    if (run.checkpoints().isEmpty()) {
      html.leaf("p", "No checkpoint in the run folder.", "class", "absent");
    } else {
      html.add(checkpoints(run.checkpoints()));
    }
    for (EvaluationContents evaluation : run.evaluations()) {
      html.add(roms(evaluation.summary()));
      html.leaf("p", weights(evaluation.summary()), "class", "note");
    }
    Map<String, String> versions = versions(run);
    if (!versions.isEmpty()) {
      html.leaf("h3", "Versions").element("dl", "class", "pairs");
      versions.forEach((name, version) -> html.leaf("dt", name).leaf("dd", version));
      html.end();
    }
    html.leaf("h3", "Configuration");
    if (run.config().isBlank()) {
      html.leaf("p", "No config.yaml in the run folder.", "class", "absent");
    } else {
      html.element("details").leaf("summary", "config.yaml, as resolved");
      html.element("pre", "tabindex", "0").leaf("code", run.config()).end().end();
    }
    html.end();
  }

  static Table checkpoints(List<CheckpointFacts> checkpoints) {
    Table table =
        Table.of(
            "Checkpoints",
            "Folder",
            "Stage",
            "Step",
            "Seed",
            "Ranks × threads",
            "Weights, SHA-256");
    for (CheckpointFacts checkpoint : checkpoints) {
      table.row(
          checkpoint.folder(),
          checkpoint.stage(),
          Numbers.count(checkpoint.step()),
          Long.toString(checkpoint.seed()),
          checkpoint.ranks() + " × " + checkpoint.threads(),
          shortened(checkpoint.modelHash()));
    }
    return table;
  }

  static Table roms(EvaluationSummary summary) {
    Table table = Table.of("ROMs played in “" + summary.name() + "”", "Game", "ROM MD5");
    for (GameResult game : summary.games()) {
      table.row(game.game(), game.romMd5());
    }
    return table;
  }

  static String weights(EvaluationSummary summary) {
    return "Evaluation “%s”: weights %s from %s, tokenizer %s, seed %d, took %s."
        .formatted(
            summary.name(),
            shortened(summary.model().modelHash()),
            summary.model().checkpoint(),
            shortened(summary.model().tokenizerHash()),
            summary.seed(),
            Numbers.duration(summary.wallSeconds()));
  }

  private static Map<String, String> versions(RunContents run) {
    Map<String, String> versions = new TreeMap<>();
    run.checkpoints().forEach(checkpoint -> versions.putAll(checkpoint.versions()));
    run.evaluations().forEach(evaluation -> versions.putAll(evaluation.summary().versions()));
    return versions;
  }

  private static String shortened(String hash) {
    return hash.length() > SHORT_HASH ? hash.substring(0, SHORT_HASH) + "…" : hash;
  }
}
