package org.jowa.jobs.report;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.error.ReportedException;
import org.jowa.jobs.diagnose.Diagnosis;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;
import org.jowa.jobs.results.RawScores;
import org.jowa.jobs.results.ShownEpisode;
import org.jowa.model.train.RunLayout;
import org.jowa.model.train.Trained;

/**
 * Everything that a report is made from.
 *
 * @param name of the run folder
 * @param config text of {@code config.yaml}, empty if there is none
 * @param evaluations the one to headline first
 * @param brokenEvaluations folders without a readable summary, and why
 * @param diagnosis of the run, if it was asked for
 * @param checkpoints of the tokenizer, then of the model
 * @param notes what was found wrong and left out
 */
record RunContents(
    String name,
    String config,
    LoggedMetrics metrics,
    List<EvaluationContents> evaluations,
    Map<String, String> brokenEvaluations,
    Optional<Diagnosis> diagnosis,
    List<CheckpointFacts> checkpoints,
    Optional<DatasetFacts> dataset,
    String whyNoDataset,
    List<Reconstruction> reconstructions,
    String whyNoReconstructions,
    List<String> notes) {

  private static final List<String> PARTS =
      List.of(
          RunLayout.CONFIG,
          RunLayout.METRICS,
          Trained.TOKENIZER.folder(),
          Trained.WORLD.folder(),
          RunLayout.EVALUATIONS);

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
      Storage run, DatasetSource datasetSource, ReconstructionSource reconstructionSource) {
    checkIsRun(run);
    List<String> notes = new ArrayList<>();
    LoggedMetrics metrics = LoggedMetrics.parse(bytes(run, RunLayout.METRICS));
    if (!metrics.unreadableLines().isEmpty()) {
      notes.add(
          String.format(
              Locale.ROOT,
              "metrics.jsonl: %s unreadable and left out, the first is line %d",
              Words.counted(metrics.unreadableLines().size(), "line"),
              metrics.unreadableLines().get(0)));
    }
    List<EvaluationContents> evaluations = new ArrayList<>();
    Map<String, String> broken = new LinkedHashMap<>();
    for (String name : run.folder(RunLayout.EVALUATIONS).list()) {
      String folder = RunLayout.EVALUATIONS + "/" + name;
      if (run.isFolder(folder) && !name.startsWith(".") && !name.startsWith("_")) {
        try {
          evaluations.add(evaluation(run, folder, notes));
        } catch (ReportedException e) {
          broken.put(name, e.getMessage());
        }
      }
    }
    evaluations.sort(MOST_TELLING_FIRST);
    List<CheckpointFacts> checkpoints = new ArrayList<>();
    checkpoints.addAll(CheckpointFacts.in(run, Trained.TOKENIZER.checkpoints()));
    checkpoints.addAll(CheckpointFacts.in(run, Trained.WORLD.checkpoints()));
    Optional<DatasetFacts> dataset = Optional.empty();
    String whyNoDataset = "";
    try {
      dataset = Optional.of(DatasetFacts.of(datasetSource.manifest()));
    } catch (ReportedException e) {
      whyNoDataset = sentence(e);
    }
    List<Reconstruction> reconstructions = List.of();
    String whyNoReconstructions = "";
    try {
      reconstructions = reconstructionSource.reconstructions();
    } catch (ReportedException e) {
      whyNoReconstructions = sentence(e);
    }
    return new RunContents(
        new Path(run.uri()).getName(),
        new String(bytes(run, RunLayout.CONFIG), StandardCharsets.UTF_8),
        metrics,
        evaluations,
        broken,
        diagnosis(run, notes),
        checkpoints,
        dataset,
        whyNoDataset,
        reconstructions,
        whyNoReconstructions,
        notes);
  }

  /** One that fails has to be seen at once. */
  private static Optional<Diagnosis> diagnosis(Storage run, List<String> notes) {
    try {
      Optional<Diagnosis> diagnosis = Diagnosis.read(run);
      diagnosis.filter(d -> !d.passes()).map(DiagnosisSection::verdict).ifPresent(notes::add);
      return diagnosis;
    } catch (ReportedException e) {
      notes.add(sentence(e));
      return Optional.empty();
    }
  }

  private static byte[] bytes(Storage run, String file) {
    return run.length(file).isPresent() ? run.read(file) : new byte[0];
  }

  /** Messages of other parts may end in a full stop or not. */
  private static String sentence(ReportedException e) {
    return e.getMessage().replaceFirst("\\.$", "") + ".";
  }

  private static void checkIsRun(Storage run) {
    if (!run.exists(".")) {
      throw new InvalidInputException("No run folder at " + run + ": is the path right?");
    }
    if (!run.isFolder(".")) {
      throw new InvalidInputException(run + " is a file: give the run folder itself");
    }
    if (PARTS.stream().noneMatch(run::exists)) {
      throw new InvalidInputException(
          "%s is not a run folder: it has none of %s; give the folder of --run"
              .formatted(run, String.join(", ", PARTS)));
    }
  }

  /** The evaluation of a name, or the one to headline. */
  static EvaluationSummary summary(Storage run, Optional<String> name) {
    checkIsRun(run);
    List<String> finished =
        run.folder(RunLayout.EVALUATIONS).list().stream()
            .filter(folder -> run.length(summaryFile(folder)).isPresent())
            .toList();
    if (name.isPresent() && !finished.contains(name.get())) {
      throw new InvalidInputException(
          "No finished evaluation named %s in %s: there %s"
              .formatted(
                  name.get(),
                  run,
                  finished.isEmpty() ? "is none" : "are " + String.join(", ", finished)));
    }
    return finished.stream()
        .filter(folder -> name.isEmpty() || folder.equals(name.get()))
        .map(folder -> evaluation(run, RunLayout.EVALUATIONS + "/" + folder, new ArrayList<>()))
        .min(MOST_TELLING_FIRST)
        .map(EvaluationContents::summary)
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "No finished evaluation in %s: run bin/jowa evaluate first".formatted(run)));
  }

  private static String summaryFile(String evaluation) {
    return RunLayout.EVALUATIONS + "/" + evaluation + "/" + EvaluationSummary.FILE;
  }

  private static EvaluationContents evaluation(Storage run, String folder, List<String> notes) {
    String file = folder + "/" + EvaluationSummary.FILE;
    if (run.length(file).isEmpty()) {
      throw new InvalidInputException("No " + file + ": the evaluation did not end");
    }
    EvaluationSummary summary =
        EvaluationSummary.read(new ByteArrayInputStream(run.read(file)), file);
    List<EvaluationContents.Clip> clips = new ArrayList<>();
    for (GameResult game : summary.games()) {
      for (ShownEpisode shown : ShownEpisode.of(game.episodes())) {
        clip(run, folder + "/" + shown.file(), notes)
            .ifPresent(
                gif ->
                    clips.add(
                        new EvaluationContents.Clip(game.game(), Words.shown(shown, game), gif)));
      }
      // Of an earlier version.
      clip(run, "%s/clips/%s.gif".formatted(folder, game.game()), notes)
          .ifPresent(
              gif -> clips.add(new EvaluationContents.Clip(game.game(), "first episode", gif)));
    }
    String raw = folder + "/" + RawScores.FILE;
    return new EvaluationContents(
        summary, clips, run.length(raw).isPresent() ? Optional.of(raw) : Optional.empty());
  }

  private static Optional<byte[]> clip(Storage run, String file, List<String> notes) {
    Optional<Long> length = run.length(file);
    if (length.isPresent() && length.get() > LARGEST_CLIP) {
      notes.add(file + " is too large for the page: open the file itself");
      return Optional.empty();
    }
    return length.map(bytes -> run.read(file));
  }

  /** Parts that are not there, with the commands that make them. */
  List<Missing> missing() {
    List<Missing> missing = new ArrayList<>();
    if (!metrics.tokenizerLearned()) {
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
                    "Evaluation '%s': %s; the command that began it goes on with it."
                        .formatted(name, why),
                    "")));
    if (diagnosis.isEmpty()) {
      missing.add(new Missing("Not diagnosed.", Missing.DIAGNOSE));
    }
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
      missing.add(
          new Missing("No data set: " + whyNoDataset, "bin/jowa report RUN --data DATASET"));
    }
    if (reconstructions.isEmpty()) {
      missing.add(
          new Missing(
              "No reconstructions: " + whyNoReconstructions,
              metrics.tokenizerLearned() ? "" : Missing.TRAIN_TOKENIZER));
    }
    return missing;
  }
}
