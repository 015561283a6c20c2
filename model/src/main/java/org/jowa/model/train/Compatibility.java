package org.jowa.model.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jowa.error.UsageException;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.settings.Objective;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.settings.TrainSettings;
import org.jowa.model.settings.WorldSettings;

/** Whether a run that goes on is still the same run. */
final class Compatibility {
  /** Settings that came after the first checkpoints, and what those were made with. */
  private static final Map<String, String> LATER =
      Map.ofEntries(
          Map.entry(TokenizerSettings.KIND, TokenizerSettings.VQ_VAE),
          Map.entry("tokenizer.precision", "fp32"),
          Map.entry("tokenizer.background", "none"),
          Map.entry("tokenizer.loss.l1", "1.0"),
          Map.entry("tokenizer.loss.l2", "0.0"),
          Map.entry("tokenizer.loss.worst-pixel", "0.0"),
          Map.entry("tokenizer.loss.moving-pixels", "1.0"),
          Map.entry("tokenizer.loss.commitment", "1.0"),
          Map.entry("tokenizer.code-update", "gradient"),
          Map.entry("tokenizer.code-decay", "0.99"),
          Map.entry("tokenizer.code-distance", "euclidean"),
          Map.entry("tokenizer.code-start", "random"),
          Map.entry("tokenizer.code-revival", "0.0"),
          Map.entry("world.precision", "fp32"),
          Map.entry("world.state", "token"),
          Map.entry(WorldSettings.NEIGHBOURHOOD_STEPS, "0"),
          Map.entry("world.support", "0.0"),
          Map.entry(WorldSettings.BEHAVIOUR_STEPS, "0"),
          Map.entry(WorldSettings.IMAGINED, "0"),
          Map.entry(WorldSettings.OBJECTIVE, Objective.CQL.toString()),
          Map.entry("world.n-step", "1"));

  private Compatibility() {}

  /**
   * Compares what a checkpoint was made with to what is asked for now.
   *
   * @param mayChange keys of settings whose change keeps the run what it is
   * @return a line for each change that is allowed, but may change the result's last bits
   * @throws UsageException naming the first setting or input that differs
   */
  static List<String> check(Checkpoint checkpoint, CheckpointState now, Set<String> mayChange) {
    CheckpointState then = checkpoint.state();
    requireEqual(checkpoint, "seed", String.valueOf(then.seed()), String.valueOf(now.seed()));
    Set<String> keys = new TreeSet<>(then.settings().keySet());
    keys.addAll(now.settings().keySet());
    keys.removeAll(mayChange);
    keys.remove(TrainSettings.BUCKET_MIB);
    // Kinds have different settings, so this difference is the one to tell.
    if (keys.remove(TokenizerSettings.KIND)) {
      requireEqual(checkpoint, now, TokenizerSettings.KIND);
    }
    for (String key : keys) {
      requireEqual(checkpoint, now, key);
    }
    Set<String> inputs = new TreeSet<>(then.inputs().keySet());
    inputs.addAll(now.inputs().keySet());
    for (String input : inputs) {
      requireEqual(checkpoint, input + " hash", then.inputs().get(input), now.inputs().get(input));
    }
    List<String> notes = new ArrayList<>();
    noteChange(notes, checkpoint, "ranks", then.worldSize(), now.worldSize());
    noteChange(
        notes,
        checkpoint,
        TrainSettings.BUCKET_MIB,
        then.settings().get(TrainSettings.BUCKET_MIB),
        now.settings().get(TrainSettings.BUCKET_MIB));
    noteChange(notes, checkpoint, "threads a rank", then.threads(), now.threads());
    now.versions()
        .forEach(
            (name, version) ->
                noteChange(
                    notes, checkpoint, name + " version", then.versions().get(name), version));
    return notes;
  }

  private static void requireEqual(Checkpoint checkpoint, CheckpointState now, String key) {
    String made = now.settings().containsKey(key) ? LATER.get(key) : null;
    requireEqual(
        checkpoint,
        key,
        checkpoint.state().settings().getOrDefault(key, made),
        now.settings().get(key));
  }

  private static void requireEqual(Checkpoint checkpoint, String key, String then, String now) {
    if (!Objects.equals(then, now)) {
      throw new UsageException(
          "Cannot go on from %s: it was made with %s %s, but this run has %s; set it back, or use another run folder"
              .formatted(
                  checkpoint,
                  key,
                  Objects.requireNonNullElse(then, "none"),
                  Objects.requireNonNullElse(now, "none")));
    }
  }

  private static void noteChange(
      List<String> notes, Checkpoint checkpoint, String what, Object then, Object now) {
    if (!Objects.equals(then, now)) {
      notes.add(
          "%s was made with %s %s, going on with %s: results may differ in their last bits"
              .formatted(checkpoint, what, Objects.requireNonNullElse(then, "none"), now));
    }
  }
}
