package org.jowa.model.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jowa.error.UsageException;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.settings.Settings;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.settings.TrainSettings.Gradients;
import org.jspecify.annotations.Nullable;

/** Whether a run that goes on is still the same run. */
final class Compatibility {
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
    keys.remove(Gradients.BUCKET_MIB);
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
        Gradients.BUCKET_MIB,
        then.settings().get(Gradients.BUCKET_MIB),
        now.settings().get(Gradients.BUCKET_MIB));
    noteChange(notes, checkpoint, "threads a rank", then.threads(), now.threads());
    now.versions()
        .forEach(
            (name, version) ->
                noteChange(
                    notes, checkpoint, name + " version", then.versions().get(name), version));
    return notes;
  }

  private static void requireEqual(Checkpoint checkpoint, CheckpointState now, String key) {
    String made = now.settings().containsKey(key) ? Settings.SCHEMA.before(key) : null;
    requireEqual(
        checkpoint,
        key,
        checkpoint.state().settings().getOrDefault(key, made),
        now.settings().get(key));
  }

  private static void requireEqual(
      Checkpoint checkpoint, String key, @Nullable String then, @Nullable String now) {
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
      List<String> notes,
      Checkpoint checkpoint,
      String what,
      @Nullable Object then,
      @Nullable Object now) {
    if (!Objects.equals(then, now)) {
      notes.add(
          "%s was made with %s %s, going on with %s: results may differ in their last bits"
              .formatted(checkpoint, what, Objects.requireNonNullElse(then, "none"), now));
    }
  }
}
