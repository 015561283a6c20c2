package org.jowa.model.settings;

import java.util.Optional;
import org.jowa.data.batch.SequenceOptions;
import org.jowa.data.sample.Segmentation;
import org.jowa.error.UsageException;

/**
 * A whole configuration.
 *
 * @param seed of everything that is drawn
 * @param data what is trained on
 * @param tokenizer how frames become tokens
 * @param world the world-action model, for as many tokens as the tokenizer has
 * @param gradients how they are summed over ranks
 * @param checkpoint when one is written
 * @param metrics when they are taken
 * @param diagnose what a diagnosis looks at
 * @param launch how ranks are started
 */
@Section("")
public record Settings(
    @Setting(value = "order of samples, initial weights, dropout", range = "[0, 2_147_483_647]")
        int seed,
    DataSettings data,
    TokenizerSettings tokenizer,
    WorldSettings world,
    TrainSettings.Gradients gradients,
    TrainSettings.Checkpoints checkpoint,
    TrainSettings.Metrics metrics,
    DiagnoseSettings diagnose,
    RestartSettings launch) {
  /** The schema of configurations. */
  public static final Schema<Settings> SCHEMA = Schema.of(Settings.class);

  /** The model is that of the tokenizer's tokens. */
  public Settings {
    world = world.withCodes(tokenizer.model().codebookSize());
  }

  /** How training sequences are drawn and read. */
  public SequenceOptions sequences() {
    return data.sequences(world);
  }

  /**
   * How frames, each behind the one before it, are drawn and read for the behaviour network: with
   * returns if it asks.
   */
  public SequenceOptions frames() {
    SequenceOptions frames = sequences().withSegmentation(Segmentation.TRAINING.ofLength(2));
    return world.behaviour().advantageTemperature() > 0
        ? frames.withReturnDiscount(world.qLoss().discount())
        : frames;
  }

  /**
   * How the tokenizer learns beside the world-action model.
   *
   * @param start URI of the checkpoint whose tokenizer it starts from; empty for random weights
   * @return empty where it was trained before
   * @throws UsageException if it is one that can't learn along
   */
  public Optional<JointTokenizer> joint(Optional<String> start) {
    return tokenizer.isJoint()
        ? Optional.of(new JointTokenizer(tokenizer.trainable(), tokenizer.joint(), start))
        : Optional.empty();
  }

  /**
   * What both trainings share.
   *
   * @param threads that each rank computes with
   * @param ranks that the run is planned for, which may be more than there are
   */
  public TrainSettings training(int threads, int ranks) {
    return new TrainSettings(seed, threads, ranks, gradients, checkpoint, metrics);
  }
}
