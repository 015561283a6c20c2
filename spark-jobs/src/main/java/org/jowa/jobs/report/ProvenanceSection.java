package org.jowa.jobs.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jowa.jobs.html.Html;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.html.Table;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;

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
      html.leaf("p", weights(evaluation.summary()), "class", "note");
    }
    if (!run.evaluations().isEmpty()) {
      html.add(roms(run));
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
            "Stage",
            "Step",
            "Seed",
            "Ranks × threads",
            "Weights, SHA-256",
            "Folder");
    for (CheckpointFacts checkpoint : checkpoints) {
      table.row(
          checkpoint.stage(),
          Numbers.count(checkpoint.step()),
          Long.toString(checkpoint.seed()),
          checkpoint.ranks() + " × " + checkpoint.threads(),
          shortened(checkpoint.modelHash()),
          checkpoint.folder());
    }
    return table;
  }

  /** The public logs were made with other ROMs than today's: both are named. */
  static Table roms(RunContents run) {
    Map<String, Set<String>> played = new TreeMap<>();
    for (EvaluationContents evaluation : run.evaluations()) {
      for (GameResult game : evaluation.summary().games()) {
        played.computeIfAbsent(game.game(), name -> new TreeSet<>()).add(game.romMd5());
      }
    }
    Map<String, Set<String>> recorded = new TreeMap<>();
    run.dataset()
        .ifPresent(data -> data.games().forEach(game -> recorded.put(game.game(), game.roms())));
    Table table = Table.of("ROMs, by MD5", "Game", "Played in evaluation", "Played in the data");
    played.forEach(
        (game, roms) -> {
          Set<String> inData = recorded.getOrDefault(game, Set.of());
          table.row(
              game,
              String.join(" ", roms),
              inData.isEmpty() ? "not recorded" : String.join(" ", inData));
        });
    return table;
  }

  static String weights(EvaluationSummary summary) {
    return String.format(
        Locale.ROOT,
        "Evaluation “%s”: weights %s from %s, tokenizer %s, seed %d, took %s.",
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

  static String shortened(String hash) {
    return hash.length() > SHORT_HASH ? hash.substring(0, SHORT_HASH) + "…" : hash;
  }
}
