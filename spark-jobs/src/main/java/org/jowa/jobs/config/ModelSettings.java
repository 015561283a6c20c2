package org.jowa.jobs.config;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jowa.data.batch.SequenceOptions;
import org.jowa.data.cache.ShardCache;
import org.jowa.data.sample.GameMix;
import org.jowa.data.sample.Segmentation;
import org.jowa.error.UsageException;
import org.jowa.model.loss.NeighbourhoodObjective;
import org.jowa.model.settings.CodeDistance;
import org.jowa.model.settings.CodeSettings;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.ImaginationSettings;
import org.jowa.model.settings.JointTokenizer;
import org.jowa.model.settings.JointTokenizer.Stages;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Objective;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.StateInput;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerObjective;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.settings.TrainSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.torch.Precision;
import org.jowa.model.train.PatchTraining;

/** A configuration as the model module's records, which check ranges once more. */
public final class ModelSettings {
  private ModelSettings() {}

  /**
   * What the trainings share.
   *
   * @param threads that each rank computes with
   * @param ranks that the run is planned for, which may be more than there are
   */
  public static TrainSettings training(Config config, int threads, int ranks) {
    return new TrainSettings(
        config.integer("seed"),
        threads,
        ranks,
        config.integer("gradients.bucket-mib"),
        config.flag("gradients.overlap"),
        config.integer("checkpoint.every"),
        config.integer("checkpoint.keep"),
        config.integer("metrics.every"),
        config.integer("metrics.held-out-every"),
        config.integer("metrics.held-out-batches"));
  }

  /** How training sequences are drawn and read, of the {@code data} section. */
  public static SequenceOptions sequences(Config config) {
    Segmentation segmentation = Segmentation.TRAINING.ofLength(config.integer("world.blocks"));
    int stride = config.integer("data.segment-stride");
    SequenceOptions options =
        SequenceOptions.STANDARD
            .withDemonstrations(config.decimal("world.demonstrations"))
            .withSegmentation(stride == 0 ? segmentation : segmentation.ofStride(stride))
            .withMix(GameMix.parse(config.text("data.mix"), config.decimal("data.mix-temperature")))
            .withMappedBytes((long) config.integer("data.mapped-mib") << 20);
    return config.text("data.episodes").equals("expert") ? options.onlyDemonstrations() : options;
  }

  /** How single frames are drawn and read for the behaviour network. */
  public static SequenceOptions frames(Config config) {
    return sequences(config).withSegmentation(Segmentation.TRAINING.ofLength(1));
  }

  /** How steps with their neighbours in time are drawn and read for the neighbourhood network. */
  public static SequenceOptions transitions(Config config) {
    return sequences(config)
        .withSegmentation(Segmentation.TRAINING.ofLength(NeighbourhoodObjective.STEPS));
  }

  /** Where copies of remote shards go, of the {@code data} section. */
  public static ShardCache shardCache(Config config) {
    return ShardCache.at(
        config.file("data.cache.directory").map(Path::of).orElseGet(ShardCache::standardDirectory),
        (long) config.integer("data.cache.gib") << 30);
  }

  /** Whether the tokenizer is a dictionary of patches rather than a network. */
  public static boolean isPatches(Config config) {
    return config.text("tokenizer.kind").equals(PatchTraining.KIND);
  }

  /**
   * Codes of a dictionary of patches.
   *
   * @throws UsageException if the {@code tokenizer} section asks for what it can't have
   */
  public static int patches(Config config) {
    config
        .file("tokenizer.perceptual-weights")
        .ifPresent(
            file -> {
              throw new UsageException(
                  "Configuration key tokenizer.perceptual-weights is %s, but tokenizer.kind is patches, which isn't trained with a loss: set it to null, or tokenizer.kind to vq-vae"
                      .formatted(file));
            });
    return config.integer("tokenizer.codebook-size");
  }

  /** The {@code tokenizer} section of a network. */
  public static TokenizerSettings tokenizer(Config config) {
    return new TokenizerSettings(
        new TokenizerConfig(
            config.integer("tokenizer.channels"),
            config.integer("tokenizer.latent-channels"),
            config.integer("tokenizer.embedding-dim"),
            config.integer("tokenizer.codebook-size"),
            CodeDistance.valueOf(upperCase(config, "tokenizer.code-distance"))),
        config.integer("tokenizer.steps"),
        config.integer("tokenizer.batch-size"),
        config.decimal("tokenizer.learning-rate"),
        config.decimal("tokenizer.clip-norm"),
        config.file("tokenizer.perceptual-weights").map(Path::of),
        Precision.parse(config.text("tokenizer.precision")),
        TokenizerSettings.Background.valueOf(upperCase(config, "tokenizer.background")),
        new TokenizerObjective(
            config.decimal("tokenizer.loss.l1"),
            config.decimal("tokenizer.loss.l2"),
            config.decimal("tokenizer.loss.worst-pixel"),
            config.decimal("tokenizer.loss.moving-pixels"),
            config.decimal("tokenizer.loss.commitment")),
        new CodeSettings(
            CodeSettings.Update.valueOf(upperCase(config, "tokenizer.code-update")),
            config.decimal("tokenizer.code-decay"),
            CodeSettings.Start.valueOf(upperCase(config, "tokenizer.code-start")),
            config.decimal("tokenizer.code-revival")));
  }

  /**
   * How the tokenizer learns beside the world-action model.
   *
   * @param start URI of the checkpoint whose tokenizer it starts from; empty for random weights
   * @return empty where it was trained before
   * @throws UsageException if the {@code tokenizer} section asks for one that can't learn along
   */
  public static Optional<JointTokenizer> joint(Config config, Optional<String> start) {
    if (!isJoint(config)) {
      return Optional.empty();
    }
    if (isPatches(config)) {
      throw new UsageException(
          "%s is %s, but tokenizer.kind is patches, which are counted and don't learn: set the one to none or the other to vq-vae"
              .formatted(JointTokenizer.KEY, config.text(JointTokenizer.KEY)));
    }
    return Optional.of(
        new JointTokenizer(
            tokenizer(config), Stages.valueOf(upperCase(config, JointTokenizer.KEY)), start));
  }

  /** Whether the tokenizer learns beside the world-action model. */
  public static boolean isJoint(Config config) {
    return !config.text(JointTokenizer.KEY).equals("none");
  }

  /**
   * The {@code world} section.
   *
   * @param codebookSize of the tokenizer whose tokens are modelled
   */
  public static WorldSettings world(Config config, int codebookSize) {
    return new WorldSettings(
        worldModel(config, codebookSize),
        config.integer("world.batch-size"),
        config.integer("world.micro-batch-size"),
        config.decimal("world.weight-decay"),
        config.decimal("world.clip-norm"),
        config.integer("world.target-update-every"),
        LossSettings.withQ(
                config.decimal("world.supervised-weight"),
                config.decimal("world.discount"),
                Penalty.valueOf(upperCase(config, "world.penalty")),
                config.decimal("world.penalty-weight"),
                config.flag("world.random-ensemble-mixture"))
            .withReturnSteps(config.integer("world.n-step"))
            .of(Objective.valueOf(upperCase(config, "world.objective"))),
        new WorldSettings.Network(
            config.integer("world.behaviour.steps"),
            config.integer("world.behaviour.batch-size"),
            config.decimal("world.behaviour.learning-rate")),
        new WorldSettings.Network(
            config.integer("world.neighbourhood.steps"),
            config.integer("world.neighbourhood.batch-size"),
            config.decimal("world.neighbourhood.learning-rate")),
        new WorldSettings.Stage1(
            config.integer("world.stage1.steps"), config.decimal("world.stage1.learning-rate")),
        new WorldSettings.Stage2(
            config.integer("world.stage2.steps"),
            config.decimal("world.stage2.learning-rate"),
            config.decimal("world.stage2.q-learning-rate")),
        worldPrecision(config),
        imagination(config));
  }

  private static ImaginationSettings imagination(Config config) {
    return new ImaginationSettings(
        config.integer("world.imagination.batch-size"),
        config.integer("world.imagination.after"),
        config.integer("world.imagination.every"),
        config.integer("world.imagination.refresh-every"),
        config.integer("world.imagination.capacity"),
        config.integer("world.imagination.beam-width"),
        config.integer("world.imagination.horizon"),
        ImaginationSettings.Mode.valueOf(upperCase(config, "world.imagination.mode")));
  }

  /** The type of products that the {@code world} section asks for. */
  public static Precision worldPrecision(Config config) {
    return Precision.parse(config.text("world.precision"));
  }

  /** The sizes of the {@code world} section alone. */
  public static WorldConfig worldModel(Config config, int codebookSize) {
    WorldConfig sizes =
        new WorldConfig(
            config.integer("world.layers"),
            config.integer("world.heads"),
            config.integer("world.width"),
            config.integer("world.q-width"),
            config.integer("world.q-heads"),
            codebookSize,
            config.integer("world.blocks"),
            new Dropouts(
                config.decimal("world.dropout.embedding"),
                config.decimal("world.dropout.attention"),
                config.decimal("world.dropout.residual"),
                config.decimal("world.dropout.q-head")),
            config.flag("world.use-task-embedding"),
            config.flag("world.q-loss-backwards-world-model"),
            TdLoss.valueOf(upperCase(config, "world.td-loss")),
            config.integer("world.atoms"),
            config.decimal("world.value-min"),
            config.decimal("world.value-max"));
    return sizes
        .withStates(
            StateInput.valueOf(upperCase(config, "world.state")),
            config.integer("world.behaviour.steps") > 0
                ? config.integer("world.behaviour.width")
                : 0,
            config.decimal("world.support"))
        .withNeighbourhood(
            config.integer("world.neighbourhood.steps") > 0
                ? config.integer("world.neighbourhood.width")
                : 0);
  }

  private static String upperCase(Config config, String key) {
    return config.text(key).toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
