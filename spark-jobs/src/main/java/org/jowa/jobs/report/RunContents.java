package org.jowa.jobs.report;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.report.evaluation.EvaluationSummary;
import org.jowa.jobs.report.evaluation.GameResult;
import org.jowa.jobs.report.media.ClipWriter;

/**
 * Everything that a report is made from.
 *
 * @param name of the run folder
 * @param config text of {@code config.yaml}, empty if there is none
 * @param evaluations the one to headline first
 * @param brokenEvaluations folders without a readable summary, and why
 * @param checkpoints of the tokenizer, then of the model
 * @param notes what was found wrong and left out
 */
record RunContents(
    String name,
    String config,
    MetricsLog metrics,
    List<EvaluationContents> evaluations,
    Map<String, String> brokenEvaluations,
    List<CheckpointFacts> checkpoints,
    Optional<DatasetFacts> dataset,
    List<Reconstruction> reconstructions,
    String whyNoReconstructions,
    List<String> notes) {

  private static final String EVALUATION = "evaluation";
  private static final List<String> PARTS =
      List.of("config.yaml", "metrics.jsonl", "tokenizer", "model", EVALUATION);

  /** A clip above this size would make the page slow to open. */
  private static final long LARGEST_CLIP = 8L << 20;

  /** The newest weights, played with a planner, are what a run is about. */
  private static final Comparator<EvaluationContents> MOST_TELLING_FIRST =
      Comparator.comparingLong((EvaluationContents e) -> -e.summary().model().step())
          .thenComparing(e -> e.summary().planner().equals("none"))
          .thenComparing(e -> e.summary().name());

  /**
   * @throws InvalidInputException if the folder has no part of a run
   */
  static RunContents read(
      RunFiles files, Optional<DatasetFacts> dataset, ReconstructionSource source)
      throws IOException {
    checkIsRun(files);
    List<String> notes = new ArrayList<>();
    MetricsLog metrics = MetricsLog.parse(files.read("metrics.jsonl").orElse(new byte[0]));
    if (!metrics.unreadableLines().isEmpty()) {
      notes.add(
          "metrics.jsonl: %s unreadable and left out, the first is line %d"
              .formatted(
                  Words.counted(metrics.unreadableLines().size(), "line"),
                  metrics.unreadableLines().get(0)));
    }
    List<EvaluationContents> evaluations = new ArrayList<>();
    Map<String, String> broken = new LinkedHashMap<>();
    for (String name : files.folders(EVALUATION)) {
      try {
        evaluations.add(evaluation(files, EVALUATION + "/" + name, notes));
      } catch (InvalidInputException e) {
        broken.put(name, e.getMessage());
      }
    }
    evaluations.sort(MOST_TELLING_FIRST);
    List<CheckpointFacts> checkpoints = new ArrayList<>();
    checkpoints.addAll(CheckpointFacts.in(files, "tokenizer/checkpoints"));
    checkpoints.addAll(CheckpointFacts.in(files, "model/checkpoints"));
    List<Reconstruction> reconstructions = List.of();
    String why = "";
    try {
      reconstructions = source.reconstructions();
    } catch (InvalidInputException e) {
      why = e.getMessage();
    }
    return new RunContents(
        files.name(),
        files.read("config.yaml").map(b -> new String(b, StandardCharsets.UTF_8)).orElse(""),
        metrics,
        evaluations,
        broken,
        checkpoints,
        dataset,
        reconstructions,
        why,
        notes);
  }

  private static void checkIsRun(RunFiles files) throws IOException {
    for (String part : PARTS) {
      if (files.exists(part)) {
        return;
      }
    }
    throw new InvalidInputException(
        "%s is not a run folder: it has none of %s; give the folder of --run"
            .formatted(files.name(), String.join(", ", PARTS)));
  }

  private static EvaluationContents evaluation(RunFiles files, String folder, List<String> notes)
      throws IOException {
    String file = folder + "/" + EvaluationSummary.FILE;
    byte[] json =
        files
            .read(file)
            .orElseThrow(
                () -> new InvalidInputException("No " + file + ": the evaluation did not end"));
    EvaluationSummary summary = EvaluationSummary.read(new ByteArrayInputStream(json), file);
    Map<String, byte[]> clips = new LinkedHashMap<>();
    for (GameResult game : summary.games()) {
      String clip = folder + "/" + ClipWriter.fileName(game.game());
      if (files.exists(clip)) {
        if (files.size(clip) > LARGEST_CLIP) {
          notes.add(clip + " is too large for the page: open the file itself");
        } else {
          clips.put(game.game(), files.read(clip).orElseThrow());
        }
      }
    }
    return new EvaluationContents(summary, clips);
  }

  /** Parts that are not there, with the commands that make them. */
  List<Missing> missing() {
    List<Missing> missing = new ArrayList<>();
    if (!metrics.hasTokenizer()) {
      missing.add(new Missing("No metrics of tokenizer training.", Missing.TRAIN_TOKENIZER));
    }
    if (!metrics.hasWorld()) {
      missing.add(new Missing("No metrics of pretraining.", Missing.PRETRAIN));
    }
    if (evaluations.isEmpty()) {
      missing.add(new Missing("No finished evaluation.", Missing.EVALUATE));
    }
    brokenEvaluations.forEach(
        (name, why) ->
            missing.add(
                new Missing(
                    "Evaluation '" + name + "': " + why + ".",
                    Missing.EVALUATE + " --name " + name)));
    for (EvaluationContents evaluation : evaluations) {
      if (evaluation.clips().isEmpty()) {
        String name = evaluation.summary().name();
        missing.add(
            new Missing(
                "No clip of play in evaluation '" + name + "'.",
                Missing.EVALUATE + " --name " + name));
      }
    }
    if (dataset.isEmpty()) {
      missing.add(new Missing("The data set that the run was trained on was not found.", ""));
    }
    if (reconstructions.isEmpty()) {
      missing.add(
          new Missing(
              "No reconstructions: " + whyNoReconstructions + ".",
              metrics.hasTokenizer() ? "" : Missing.TRAIN_TOKENIZER));
    }
    return missing;
  }
}
