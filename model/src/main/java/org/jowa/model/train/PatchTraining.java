package org.jowa.model.train;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.jowa.error.UsageException;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.tokenizer.PatchTokenizer;
import org.jowa.model.torch.Safetensors;

/**
 * A run's tokenizer that is a dictionary of patches: counted rather than trained, but kept as a
 * trained one is, in a checkpoint after one step and with a line of metrics.
 *
 * @param layout the run folder
 * @param hadoop configuration of its file system
 * @param inputs hashes of what it is made of
 * @param seed of the run
 * @param settings which of all decide it
 */
public record PatchTraining(
    RunLayout layout,
    Configuration hadoop,
    Map<String, String> inputs,
    long seed,
    TokenizerSettings settings) {
  private static final long STEP = 1;

  /**
   * The run's dictionary, if it has one already.
   *
   * @throws UsageException if the run's tokenizer was made with other settings, or is of another
   *     kind
   */
  public Optional<Checkpoint> finished() {
    Optional<Checkpoint> newest = store().newest();
    newest.ifPresent(checkpoint -> Compatibility.check(checkpoint, state(), Set.of()));
    return newest;
  }

  /**
   * Writes metrics and checkpoint.
   *
   * @param heldOut figures over all games, by their names in metrics
   * @param games figures of each game
   */
  public Checkpoint save(
      PatchTokenizer dictionary,
      Map<String, Double> heldOut,
      Map<String, Map<String, Double>> games) {
    Run run = Run.of(layout, Trained.TOKENIZER, settings.identity(), (step, then) -> Set.of());
    try (RunMetrics metrics = RunMetrics.open(run, hadoop, -1)) {
      metrics.add(
          new RunMetrics.Figures(
              TokenizerLearner.STAGE, STEP, Map.of(), games, Double.NaN, Map.of(), heldOut));
      metrics.saving().run();
    }
    return store()
        .write(
            state(),
            Map.of(
                Checkpoint.MODEL, out -> Safetensors.write(out, dictionary.tensors(), Map.of())));
  }

  private CheckpointStore store() {
    return CheckpointStore.open(layout.checkpoints(Trained.TOKENIZER), hadoop);
  }

  /** One rank and thread, whoever counted: it makes no difference. */
  private CheckpointState state() {
    return CheckpointState.of(
        TokenizerLearner.STAGE,
        STEP,
        seed,
        1,
        1,
        settings.identity(),
        inputs,
        CheckpointVersions.current(),
        Map.of());
  }
}
