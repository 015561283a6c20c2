package org.jowa.jobs.diagnose;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.error.InvalidInputException;
import org.jowa.model.diagnosis.Stage;
import org.jowa.model.diagnosis.StageFigures;
import org.jowa.model.train.RunLayout;
import org.jspecify.annotations.Nullable;

/**
 * What a run has learned, stage by stage and game by game. The names are a contract with scripts.
 *
 * @param format of this document
 * @param dataset hash of the data set's content
 * @param tokenizer hash of its weights
 * @param model the one that was looked at; null if only the tokenizer was
 * @param stages in the order of training, each for every game
 * @param notes what was left out and why, a sentence each
 * @param passes whether no figure fails its gate
 * @param firstFailing the first stage with a figure that does; null if none has
 * @param verdict in one line, with what to change
 */
public record Diagnosis(
    int format,
    String dataset,
    String tokenizer,
    @Nullable Model model,
    List<StageFigures> stages,
    List<String> notes,
    boolean passes,
    @Nullable Stage firstFailing,
    String verdict) {

  /** The file in the run folder. */
  public static final String FILE = RunLayout.DIAGNOSIS;

  private static final int FORMAT = 1;

  /** The checkpoint of the world-action model. */
  public record Model(long step, String stage, String hash) {}

  /**
   * @param model null if only the tokenizer was looked at
   */
  static Diagnosis of(
      String dataset,
      String tokenizer,
      @Nullable Model model,
      List<StageFigures> stages,
      List<String> notes) {
    Optional<Stage> failing = firstFailing(stages);
    return new Diagnosis(
        FORMAT,
        dataset,
        tokenizer,
        model,
        stages,
        notes,
        failing.isEmpty(),
        failing.orElse(null),
        Verdict.of(stages, notes));
  }

  static Optional<Stage> firstFailing(List<StageFigures> stages) {
    return Arrays.stream(Stage.values())
        .filter(stage -> stages.stream().anyMatch(s -> s.stage() == stage && s.fails()))
        .findFirst();
  }

  /**
   * Reads the one of a run.
   *
   * @return empty if the run was never diagnosed
   * @throws InvalidInputException if the file isn't one
   */
  public static Optional<Diagnosis> read(Storage run) {
    return run.exists(FILE)
        ? Optional.of(Json.read(run.read(FILE), Diagnosis.class, run.describe(FILE)))
        : Optional.empty();
  }

  void write(Storage run) {
    WholeFiles.write(run, FILE, Json.bytes(this));
  }
}
