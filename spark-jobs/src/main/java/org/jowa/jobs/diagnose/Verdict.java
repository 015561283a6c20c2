package org.jowa.jobs.diagnose;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jowa.model.diagnosis.Figure;
import org.jowa.model.diagnosis.Stage;
import org.jowa.model.diagnosis.StageFigures;

/** The last line of a diagnosis: the first stage that fails, and what to change. */
final class Verdict {
  private Verdict() {}

  static String of(List<StageFigures> stages, List<String> notes) {
    String beside = notes.isEmpty() ? "" : " (" + String.join("; ", notes) + ")";
    return Diagnosis.firstFailing(stages)
        .map(stage -> failing(stage, stages))
        .orElseGet(() -> "every gate is passed" + beside);
  }

  private static String failing(Stage stage, List<StageFigures> stages) {
    List<StageFigures> failed =
        stages.stream().filter(s -> s.stage() == stage && s.fails()).toList();
    String games = failed.stream().map(StageFigures::game).collect(Collectors.joining(", "));
    String figures =
        failed.stream()
            .map(
                s ->
                    s.game()
                        + ": "
                        + s.figures().stream()
                            .filter(Figure::fails)
                            .map(Verdict::text)
                            .collect(Collectors.joining(", ")))
            .collect(Collectors.joining("; "));
    return "the gate of the %s is the first to fail, in %s (%s): %s"
        .formatted(stage.words(), games, figures, advice(stage));
  }

  private static String text(Figure figure) {
    return String.format(
        Locale.ROOT, "%s %.3g where the gate is %s", figure.name(), figure.value(), figure.gate());
  }

  private static String advice(Stage stage) {
    return switch (stage) {
      case TOKENIZER ->
          "what it doesn't draw no later stage can know; train a new run with"
              + " tokenizer.kind=patches, more codes or more tokenizer.steps before anything else";
      case WORLD ->
          "raise world.neighbourhood.steps (0 is no neighbourhood network), and"
              + " world.stage1.steps until the free-running figures stand above copying, or"
              + " world.layers and world.width";
      case REWARDS ->
          "raise world.neighbourhood.steps or world.stage1.steps, and look at how many steps with a reward the data has"
              + " (bin/jowa inspect DATASET)";
      case Q ->
          "fit world.value-min and world.value-max, world.discount, world.target-update-every and"
              + " world.penalty-weight to the number of stage-2 steps, or raise those; or let Q learn"
              + " recorded returns (world.n-step=0) beside a neighbourhood network";
      case POLICY ->
          "raise world.stage2.steps or world.penalty-weight, or record data in which good play is"
              + " more frequent";
    };
  }
}
