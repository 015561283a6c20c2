package org.jowa.jobs.report;

import java.util.Set;
import org.jowa.jobs.results.EvaluationSummary;

/** The facts of the page that fit a text: for pull requests, tickets and terminals. */
final class MarkdownReport {
  private MarkdownReport() {}

  static String of(RunContents run) {
    Headline headline = Headline.of(run);
    StringBuilder text = new StringBuilder("# JOWA run: " + run.name() + "\n\n");
    text.append(String.join(" ", headline.sentences())).append("\n\n");
    for (Headline.Figure figure : headline.figures()) {
      text.append("- **%s** %s (%s)\n".formatted(figure.value(), figure.label(), figure.beside()));
    }
    text.append('\n');
    if (run.evaluations().size() > 1) {
      text.append(ScoreTables.sideBySide(run.evaluations()).markdown());
    }
    Set<String> earlier = ScoreCurves.earlier(run.evaluations());
    for (EvaluationContents evaluation : run.evaluations()) {
      if (!earlier.contains(evaluation.summary().name())) {
        evaluation(text, evaluation.summary(), run);
      }
    }
    if (run.diagnosis().isPresent()) {
      text.append(
          "## What it has learned\n\n%s\n\n"
              .formatted(DiagnosisSection.words(run.diagnosis().get())));
      DiagnosisSection.tables(run.diagnosis().get())
          .forEach(table -> text.append(table.markdown()));
    }
    if (run.dataset().isPresent()) {
      text.append("## Training data\n\n")
          .append(DataSection.sentence(run.dataset().get()))
          .append("\n\n")
          .append(DataSection.table(run.dataset().get()).markdown());
    }
    if (!run.evaluations().isEmpty()) {
      text.append(ProvenanceSection.roms(run).markdown());
    }
    if (!run.checkpoints().isEmpty()) {
      text.append(ProvenanceSection.checkpoints(run.checkpoints()).markdown());
    }
    for (String note : run.notes()) {
      text.append("> ").append(note).append("\n\n");
    }
    if (!run.missing().isEmpty()) {
      text.append("## Not in this run\n\n");
      for (Missing part : run.missing()) {
        text.append("- ").append(part.what());
        text.append(part.command().isEmpty() ? "\n" : " `" + part.command() + "`\n");
      }
    }
    // Markdown lets HTML through, and none of ours is meant to be there.
    return text.toString().stripTrailing().replace("<", "&lt;") + "\n";
  }

  private static void evaluation(StringBuilder text, EvaluationSummary summary, RunContents run) {
    text.append("## Evaluation ").append(summary.name()).append("\n\n");
    text.append(
        "%s. Protocol %s.%s%s\n\n"
            .formatted(
                Words.planner(summary),
                Words.protocol(summary.protocol()),
                summary.cut() ? " Cut episodes are not comparable with published scores." : "",
                Words.tuning(summary)));
    text.append(ScoreTables.likeForLike(summary, run.dataset()).markdown());
    text.append(ScoreTables.published(summary).markdown());
    if (summary.aggregates() != null) {
      text.append(ScoreTables.aggregates(summary, summary.aggregates()).markdown());
      text.append(ScoreTables.besidePublished(summary).markdown());
      text.append(BesidePublished.SOURCES).append("\n\n");
    }
    ScoreTables.planning(summary).ifPresent(table -> text.append(table.markdown()));
    text.append(ProvenanceSection.weights(summary)).append("\n\n");
  }
}
