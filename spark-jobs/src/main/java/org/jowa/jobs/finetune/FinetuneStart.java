package org.jowa.jobs.finetune;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jowa.data.storage.FolderLock;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.settings.ImaginationSettings;
import org.jowa.model.settings.WorldStage;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.train.Trained;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a fine-tuned run begins with.
 *
 * @param run URI of the run folder whose model it starts from
 * @param checkpoint a step of it or a checkpoint's folder; the newest if empty
 * @param tokenizerRun URI of the run folder whose tokenizer the model was trained with
 * @param borrowed games whose embeddings start from those of another, by name
 */
public record FinetuneStart(
    String run, Optional<String> checkpoint, String tokenizerRun, Map<String, String> borrowed) {
  private static final Logger LOG = LoggerFactory.getLogger(FinetuneStart.class);

  /** Fact: the run that a fine-tuned one started from. */
  static final String SOURCE = "init-from";

  /** Input: hash of the weights that it started from. */
  static final String WEIGHTS = "weights";

  /** Input: hash of the tokenizer that it started from, where that learns along. */
  static final String TOKENIZER = "start-tokenizer";

  /**
   * The weights that a run begins with, or began with.
   *
   * @param checkpoint folder of the weights; null where the run goes on with its own
   * @param behaviourAnew whether the behaviour network doesn't start from them
   */
  record Begun(@Nullable String checkpoint, @Nullable String weightsHash, boolean behaviourAnew) {}

  /**
   * Prepares a new run, which gets a copy of the tokenizer, or finds out what an old one began
   * with.
   *
   * @param games that it is trained on
   * @throws UsageException if the folder is another run, games can't be borrowed, or a Q head that
   *     never learned is to plan
   * @throws InvalidInputException if the model or its tokenizer is missing
   */
  Begun in(RunFolder folder, List<String> games, Config config) {
    Optional<Begun> before = before(folder);
    if (before.isPresent()) {
      return before.get();
    }
    RunFolder source = RunFolder.at(run, SparkJobs.hadoop());
    Checkpoint model = source.model(checkpoint);
    requireAbleToPlan(source, model, config);
    Checkpoint tokenizer =
        TrainedTokenizer.checkpointFor(model, run, tokenizerRun, SparkJobs.hadoop());
    TrainedTokenizer.of(tokenizer)
        .requireOf(model, "name the run folder of the right one with --tokenizer");
    Lineage lineage = Lineage.of(source, SparkJobs.hadoop());
    requireBorrowable(games, lineage.games());
    try (FolderLock lock = folder.lock()) {
      copy(tokenizer, folder);
      lock.requireHeld();
    }
    boolean behaviourAnew =
        config.settings().world().behaviour().isOn() && knowsNoPlayers(lineage, games);
    return new Begun(model.location(), model.modelHash(), behaviourAnew);
  }

  /** Whether all of the games are new to the behaviour network; says what becomes of it. */
  private boolean knowsNoPlayers(Lineage lineage, List<String> games) {
    Optional<Set<String>> players = lineage.players();
    if (players.isEmpty()) {
      LOG.warn(
          "The behaviour network goes on from that of {}, of whatever games: neither that run nor its data set says which",
          run);
      return false;
    }
    boolean none = Collections.disjoint(players.get(), games);
    LOG.info(
        none
            ? "The behaviour network starts anew: that of {} knows players of {}, none of {}"
            : "The behaviour network goes on from that of {}, which knows players of {}; trained on {}",
        run,
        String.join(", ", players.get()),
        String.join(", ", games));
    return none;
  }

  /** What a run that was begun before began with. */
  private Optional<Begun> before(RunFolder folder) {
    if (folder.config().isEmpty()) {
      return Optional.empty();
    }
    String begunFrom =
        folder
            .fact(SOURCE)
            .orElseThrow(
                () ->
                    new UsageException(
                        "%s is a run that was not fine-tuned: give --run a new folder"
                            .formatted(folder.uri())));
    if (!begunFrom.equals(run)) {
      throw new UsageException(
          "%s started from %s, not from %s: give the same --init-from, or another --run"
              .formatted(folder.uri(), begunFrom, run));
    }
    return CheckpointStore.open(folder.layout().checkpoints(Trained.WORLD), SparkJobs.hadoop())
        .newest()
        .map(newest -> newest.state().inputs())
        .map(
            inputs ->
                new Begun(
                    null, inputs.get(WEIGHTS), Lineage.ANEW.equals(inputs.get(Lineage.BEHAVIOUR))));
  }

  private static void requireAbleToPlan(RunFolder source, Checkpoint model, Config config) {
    ImaginationSettings imagination = config.settings().world().imagination();
    if (imagination.isOn() && imagination.after() == 0 && !hasTrainedQ(source, model)) {
      throw new UsageException(
          "world.imagination.after is 0, but the Q heads of %s rested so far (its last stage is %s): let them learn before they plan"
              .formatted(model, model.state().stage()));
    }
  }

  private static boolean hasTrainedQ(RunFolder source, Checkpoint model) {
    WorldStage stage = WorldStage.of(model.state().stage());
    return source
        .config()
        .map(of -> of.settings().world().hasTrainedQ(stage))
        .orElse(stage == WorldStage.STAGE2);
  }

  private void requireBorrowable(List<String> games, Set<String> known) {
    borrowed.forEach(
        (game, from) -> {
          if (!games.contains(game)) {
            throw new UsageException(
                "Option --borrow-id gives %s the id of %s, but the games are %s"
                    .formatted(game, from, String.join(", ", games)));
          }
          if (known.contains(game)) {
            throw new UsageException(
                "Option --borrow-id gives %s the id of %s, but %s knows %s by its own: leave it out"
                    .formatted(game, from, run, game));
          }
          if (!known.isEmpty() && !known.contains(from)) {
            throw new UsageException(
                "Option --borrow-id gives %s the id of %s, which %s doesn't know: it was trained on %s"
                    .formatted(game, from, run, String.join(", ", known)));
          }
        });
  }

  private static void copy(Checkpoint tokenizer, RunFolder folder) {
    TorchRuntime.init();
    CheckpointStore store =
        CheckpointStore.open(folder.layout().checkpoints(Trained.TOKENIZER), SparkJobs.hadoop());
    try (Safetensors weights = tokenizer.tokenizer()) {
      store.write(
          tokenizer.state(),
          Map.of(Checkpoint.MODEL, out -> Safetensors.write(out, weights.tensors(), Map.of())));
    }
  }
}
