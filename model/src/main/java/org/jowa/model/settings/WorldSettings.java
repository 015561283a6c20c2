package org.jowa.model.settings;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.jowa.error.UsageException;
import org.jowa.model.torch.Precision;

/**
 * How a world-action model is trained: the {@code world} section of the configuration.
 *
 * @param model its sizes
 * @param qLoss the loss of stage 2
 * @param behaviour the first stage, of models with a behaviour network
 * @param neighbourhood the stage before stage 1, of models with a neighbourhood network
 * @param demonstrations share of each game's steps that count as demonstrations
 * @param imagination of sequences in stage 2
 * @param targetUpdateEvery steps between copies of the Q heads to the target
 * @param batchSize sequences a step, over all ranks
 * @param microBatchSize sequences of one pass of a rank; 0 for its share with as many ranks as the
 *     run was planned for
 * @param weightDecay of linear layers and Q heads
 * @param clipNorm largest norm of the gradients; 0 for no clipping
 * @param stage1 world losses only
 * @param stage2 all losses
 * @param precision of products in training
 */
@Section("world")
@RecordBuilder
public record WorldSettings(
    WorldConfig model,
    LossSettings qLoss,
    Neighbourhood neighbourhood,
    Behaviour behaviour,
    @Setting(
            value = "share of a game's steps that it learns from: those of the best episodes",
            range = "[1e-3, 1]",
            before = "1")
        double demonstrations,
    ImaginationSettings imagination,
    @Setting(
            value = "optimizer steps between copies of the Q heads to the target",
            range = "[1, 1e9]")
        long targetUpdateEvery,
    @Setting(value = "sequences a step, in all ranks together", range = "[1, 1e6]") int batchSize,
    @Setting(
            value = "sequences a forward pass of one rank; 0 = its whole share",
            range = "[0, 1e6]")
        int microBatchSize,
    @Setting(value = "AdamW, on the matrices and on the Q heads", range = "[0, 1]")
        double weightDecay,
    @Setting(
            value = "global norm that gradients are clipped to; 0 = no clipping",
            range = "[0, 1e6]")
        double clipNorm,
    Stage1 stage1,
    Stage2 stage2,
    @Setting(value = "of products in training: fp32, tf32 (GPU only) or bf16", before = "fp32")
        Precision precision)
    implements WorldSettingsBuilder.With {
  public static final String STAGE1_STEPS = "world.stage1.steps";
  public static final String STAGE2_STEPS = "world.stage2.steps";
  public static final String MICRO_BATCH_SIZE = "world.micro-batch-size";

  private static final String CODEBOOK_SIZE = "world.codebook-size";
  private static final Schema<WorldSettings> SCHEMA = Schema.of(WorldSettings.class);

  /** The stage of a small network that learns before the transformer does. */
  public interface Network {
    /** 0 for models without one. */
    long steps();

    /** Of the first step; falls in a straight line to nearly nothing at the last. */
    double learningRate();

    /** Of a token's vector. */
    int width();

    /** Whether there is such a stage. */
    default boolean isOn() {
      return steps() > 0;
    }

    /** The rate of a step. */
    default double learningRate(long step) {
      return learningRate() * Math.max(0.02, 1 - step / (double) steps());
    }

    /** Width of the network that there is; 0 for none. */
    default int widthIfOn() {
      return isOn() ? width() : 0;
    }
  }

  /**
   * Settings of the stage in which the behaviour network alone learns.
   *
   * @param batchSize frames a step, over all ranks
   * @param advantageTemperature of the weights that moves have by what came after them, in points
   *     of the discounted return; 0 for equal weights
   */
  @Section("world.behaviour")
  public record Behaviour(
      @Setting(
              value = "of a stage before the others; 0 = no such network",
              range = "[0, 1e9]",
              before = "0")
          long steps,
      @Setting(value = "frames, over all ranks", range = "[1, 1e6]", before = "512") int batchSize,
      @Setting(
              value = "falls to nearly nothing at the last of these steps",
              range = "(0, 1]",
              before = "0.003")
          double learningRate,
      @Setting(value = "of a token's vector", range = "[1, 16_384]", before = "64") int width,
      @Setting(
              value = "points of return above what is expected that weigh e times as much; 0 = off",
              range = "[0, 1e6]",
              before = "0")
          double advantageTemperature)
      implements Network {
    /** No such stage. */
    public static final Behaviour NONE = new Behaviour(0, 1, 1, 1, 0);
  }

  /**
   * Settings of the stage in which the neighbourhood network learns, without transformer blocks.
   *
   * @param batchSize sequences a step, over all ranks
   */
  @Section("world.neighbourhood")
  public record Neighbourhood(
      @Setting(
              value = "of a stage before stage 1, without the blocks; 0 = no such network",
              range = "[0, 1e9]",
              before = "0")
          long steps,
      @Setting(value = "sequences, over all ranks", range = "[1, 1e6]", before = "16")
          int batchSize,
      @Setting(
              value = "falls to nearly nothing at the last of these steps",
              range = "(0, 1]",
              before = "0.003")
          double learningRate,
      @Setting(value = "of a token's vector", range = "[1, 16_384]", before = "32") int width)
      implements Network {
    /** No such stage. */
    public static final Neighbourhood NONE = new Neighbourhood(0, 1, 1, 1);
  }

  /** Settings of the first stage. */
  @Section("world.stage1")
  public record Stage1(
      @Setting(value = "optimizer steps", range = "[0, 1e9]") long steps,
      @Setting(value = "AdamW, constant", range = "(0, 1]") double learningRate) {}

  /**
   * Settings of the second stage.
   *
   * @param learningRate of all but the Q heads
   * @param qLearningRate of the Q heads
   */
  @Section("world.stage2")
  public record Stage2(
      @Setting(value = "optimizer steps after stage 1", range = "[0, 1e9]") long steps,
      @Setting(value = "of all but the Q heads", range = "(0, 1]") double learningRate,
      @Setting(value = "of the Q heads", range = "(0, 1]") double qLearningRate) {}

  /** The model has the networks that have a stage. */
  public WorldSettings {
    if (model.support() > 0 && !behaviour.isOn()) {
      throw new UsageException(
          "world.support needs world.behaviour.steps above 0: without a behaviour network nothing says what the data supports, found world.support=%s, world.behaviour.steps=0"
              .formatted(model.support()));
    }
    model =
        model
            .withBehaviourWidth(behaviour.widthIfOn())
            .withNeighbourhoodWidth(neighbourhood.widthIfOn());
  }

  /** Settings of a training in fp32 without such networks. */
  public WorldSettings(
      WorldConfig model,
      int batchSize,
      int microBatchSize,
      double weightDecay,
      double clipNorm,
      long targetUpdateEvery,
      LossSettings qLoss,
      Stage1 stage1,
      Stage2 stage2) {
    this(
        model,
        qLoss,
        Neighbourhood.NONE,
        Behaviour.NONE,
        1,
        ImaginationSettings.NONE,
        targetUpdateEvery,
        batchSize,
        microBatchSize,
        weightDecay,
        clipNorm,
        stage1,
        stage2,
        Precision.FP32);
  }

  /** The same for the tokens of a tokenizer. */
  public WorldSettings withCodes(int codebookSize) {
    return withModel(model.withCodebookSize(codebookSize));
  }

  /**
   * These, if a model can be trained with them.
   *
   * @throws UsageException if some don't go together
   */
  public WorldSettings trainable() {
    if (neighbourhood.isOn()
        && loss(WorldStage.NEIGHBOURHOOD).trainsQ()
        && model.stateInput() == StateInput.FRAME) {
      throw new UsageException(
          "world.state is frame, but with world.n-step=0 Q learns beside the neighbourhood network, from a frame's last token: set world.state to token, world.n-step above 0 or world.neighbourhood.steps to 0");
    }
    if (imagination.isOn()) {
      requireImaginable();
    }
    return this;
  }

  private void requireImaginable() {
    if (qLoss.objective() == Objective.CLONING) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "world.imagination.batch-size is %d, but %s is %s: what nobody played isn't cloned, so set"
                  + " the one to 0 or the other to %s",
              imagination.batchSize(),
              "world.objective",
              qLoss.objective(),
              Objective.CQL));
    }
    if (stage2.steps == 0) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "world.imagination.batch-size is %d, but %s is 0: imagined sequences train the Q heads,"
                  + " which rest then; give that stage steps, or imagine nothing",
              imagination.batchSize(),
              STAGE2_STEPS));
    }
    if (imagination.horizon() >= model.blocks()) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "world.imagination.horizon is %d, but a sequence has %d steps and one has to be played",
              imagination.horizon(),
              model.blocks()));
    }
    int lanes = imagination.lanes(batchSize);
    if (imagination.capacity() < lanes) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "world.imagination.capacity is %d: these batch sizes need at least %d",
              imagination.capacity(),
              lanes));
    }
  }

  /** What the number of ranks has to divide. */
  public int sharedBatch() {
    int shared = imagination.lanes(batchSize);
    shared = behaviour.isOn() ? gcd(shared, behaviour.batchSize()) : shared;
    return neighbourhood.isOn() ? gcd(shared, neighbourhood.batchSize()) : shared;
  }

  private static int gcd(int a, int b) {
    return BigInteger.valueOf(a).gcd(BigInteger.valueOf(b)).intValueExact();
  }

  /** Steps of all stages. */
  public long totalSteps() {
    return behaviour.steps + neighbourhood.steps + stage1.steps + stage2.steps;
  }

  /**
   * Sequences of one pass of a rank.
   *
   * @param ranks that the run was planned for, whose share fits their memory
   */
  public int passSize(int ranks) {
    return microBatchSize == 0 ? (batchSize + ranks - 1) / ranks : microBatchSize;
  }

  /** Everything that decides the result, by configuration key. */
  public Map<String, String> identity() {
    Map<String, String> keys = SCHEMA.texts(withQLoss(qLoss.weighted()));
    keys.put(CODEBOOK_SIZE, String.valueOf(model.codebookSize()));
    // What the data set's share of them is decides, which is among the inputs.
    keys.remove("world.demonstrations");
    keys.keySet()
        .removeIf(
            key ->
                isIdle(key, "world.behaviour", "steps", behaviour.isOn())
                    || isIdle(key, "world.neighbourhood", "steps", neighbourhood.isOn())
                    || isIdle(key, "world.imagination", "batch-size", imagination.isOn()));
    return keys;
  }

  /** Where a switch is off, the rest of its section says nothing. */
  private static boolean isIdle(String key, String section, String onOff, boolean on) {
    return !on && key.startsWith(section + ".") && !key.equals(section + "." + onOff);
  }

  /** The loss of a stage. */
  public LossSettings loss(WorldStage stage) {
    return switch (stage) {
      case STAGE2 -> qLoss.weighted();
      // The returns of the record need no next state.
      case NEIGHBOURHOOD ->
          qLoss.returnSteps() == 0
              ? qLoss.weighted().withSupervisedWeight(qLoss.objective() == Objective.CQL ? 1 : 0)
              : LossSettings.WORLD_ONLY;
      case BEHAVIOUR, STAGE1 -> LossSettings.WORLD_ONLY;
    };
  }

  /** Whether the Q heads have learned something in a stage or in one before it. */
  public boolean hasTrainedQ(WorldStage stage) {
    return stage == WorldStage.STAGE2
        || Arrays.stream(WorldStage.values())
            .filter(earlier -> earlier.compareTo(stage) <= 0)
            .anyMatch(earlier -> steps(earlier) > 0 && loss(earlier).trainsQ());
  }

  /** The stage of a step; the one after the last step is of the last stage. */
  public WorldStage stage(long step) {
    WorldStage last = WorldStage.STAGE1;
    for (WorldStage stage : WorldStage.values()) {
      if (steps(stage) > 0) {
        if (step < start(stage) + steps(stage)) {
          return stage;
        }
        last = stage;
      }
    }
    return last;
  }

  /** Number of the step with which a stage begins. */
  public long start(WorldStage stage) {
    return switch (stage) {
      case BEHAVIOUR -> 0;
      case NEIGHBOURHOOD -> behaviour.steps;
      case STAGE1 -> behaviour.steps + neighbourhood.steps;
      case STAGE2 -> behaviour.steps + neighbourhood.steps + stage1.steps;
    };
  }

  /** Steps of a stage. */
  public long steps(WorldStage stage) {
    return switch (stage) {
      case BEHAVIOUR -> behaviour.steps;
      case NEIGHBOURHOOD -> neighbourhood.steps;
      case STAGE1 -> stage1.steps;
      case STAGE2 -> stage2.steps;
    };
  }
}
