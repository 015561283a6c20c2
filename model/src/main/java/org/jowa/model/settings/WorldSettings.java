package org.jowa.model.settings;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jowa.error.UsageException;
import org.jowa.model.torch.Precision;

/**
 * How a world-action model is trained: the {@code world} section of the configuration.
 *
 * @param model its sizes
 * @param batchSize sequences a step, over all ranks
 * @param microBatchSize sequences of one pass of a rank; 0 for its share with as many ranks as the
 *     run was planned for
 * @param weightDecay of linear layers and Q heads
 * @param clipNorm largest norm of the gradients; 0 for no clipping
 * @param targetUpdateEvery steps between copies of the Q heads to the target
 * @param qLoss the loss of stage 2
 * @param behaviour the first stage, of models with a behaviour network
 * @param neighbourhood the stage before stage 1, of models with a neighbourhood network
 * @param stage1 world losses only
 * @param stage2 all losses
 * @param precision of products in training
 * @param imagination of sequences in stage 2
 */
public record WorldSettings(
    WorldConfig model,
    int batchSize,
    int microBatchSize,
    double weightDecay,
    double clipNorm,
    long targetUpdateEvery,
    LossSettings qLoss,
    Network behaviour,
    Network neighbourhood,
    Stage1 stage1,
    Stage2 stage2,
    Precision precision,
    ImaginationSettings imagination) {
  public static final String BEHAVIOUR_STEPS = "world.behaviour.steps";
  public static final String NEIGHBOURHOOD_STEPS = "world.neighbourhood.steps";
  public static final String STAGE1_STEPS = "world.stage1.steps";
  public static final String STAGE2_STEPS = "world.stage2.steps";
  public static final String OBJECTIVE = "world.objective";
  public static final String IMAGINED = "world.imagination.batch-size";
  public static final String MICRO_BATCH_SIZE = "world.micro-batch-size";

  /**
   * Settings of the stage in which a small network learns before the transformer does.
   *
   * @param steps 0 for models without one
   * @param batchSize frames or sequences a step, over all ranks
   * @param learningRate of the first step; falls in a straight line to nearly nothing at the last
   */
  public record Network(long steps, int batchSize, double learningRate) {
    /** No such stage. */
    public static final Network NONE = new Network(0, 1, 1);

    private static final double LAST_SHARE = 0.02;

    /** The rate of a step. */
    public double learningRate(long step) {
      return learningRate * Math.max(LAST_SHARE, 1 - step / (double) steps);
    }
  }

  /** Settings of the first stage. */
  public record Stage1(long steps, double learningRate) {}

  /**
   * Settings of the second stage.
   *
   * @param learningRate of all but the Q heads
   * @param qLearningRate of the Q heads
   */
  public record Stage2(long steps, double learningRate, double qLearningRate) {}

  /** Checks the ranges. */
  public WorldSettings {
    TrainSettings.Ranges.atLeast("world.batch-size", batchSize, 1);
    TrainSettings.Ranges.atLeast("world.micro-batch-size", microBatchSize, 0);
    TrainSettings.Ranges.notNegative("world.weight-decay", weightDecay);
    TrainSettings.Ranges.notNegative("world.clip-norm", clipNorm);
    TrainSettings.Ranges.atLeast("world.target-update-every", targetUpdateEvery, 1);
    TrainSettings.Ranges.atLeast(BEHAVIOUR_STEPS, behaviour.steps, 0);
    TrainSettings.Ranges.atLeast("world.behaviour.batch-size", behaviour.batchSize, 1);
    TrainSettings.Ranges.positive("world.behaviour.learning-rate", behaviour.learningRate);
    TrainSettings.Ranges.atLeast(NEIGHBOURHOOD_STEPS, neighbourhood.steps, 0);
    TrainSettings.Ranges.atLeast("world.neighbourhood.batch-size", neighbourhood.batchSize, 1);
    TrainSettings.Ranges.positive("world.neighbourhood.learning-rate", neighbourhood.learningRate);
    TrainSettings.Ranges.atLeast("world.stage1.steps", stage1.steps, 0);
    TrainSettings.Ranges.atLeast("world.stage2.steps", stage2.steps, 0);
    TrainSettings.Ranges.positive("world.stage1.learning-rate", stage1.learningRate);
    TrainSettings.Ranges.positive("world.stage2.learning-rate", stage2.learningRate);
    TrainSettings.Ranges.positive("world.stage2.q-learning-rate", stage2.qLearningRate);
    if (model.behaviourWidth() > 0 != behaviour.steps > 0) {
      throw new IllegalArgumentException("A behaviour network and its stage go together");
    }
    if (model.neighbourhoodWidth() > 0 != neighbourhood.steps > 0) {
      throw new IllegalArgumentException("A neighbourhood network and its stage go together");
    }
    if (imagination.isOn()) {
      requireFit(imagination, model, batchSize, qLoss, stage2);
    }
  }

  private static void requireFit(
      ImaginationSettings imagination,
      WorldConfig model,
      int batchSize,
      LossSettings qLoss,
      Stage2 stage2) {
    if (qLoss.objective() == Objective.CLONING) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "world.imagination.batch-size is %d, but %s is %s: what nobody played isn't cloned, so set"
                  + " the one to 0 or the other to %s",
              imagination.batchSize(),
              OBJECTIVE,
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

  /** Settings of a training in fp32 without a behaviour network. */
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
        batchSize,
        microBatchSize,
        weightDecay,
        clipNorm,
        targetUpdateEvery,
        qLoss,
        Network.NONE,
        Network.NONE,
        stage1,
        stage2,
        Precision.FP32,
        ImaginationSettings.NONE);
  }

  /** What the number of ranks has to divide. */
  public int sharedBatch() {
    return imagination.lanes(batchSize);
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
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("world.layers", String.valueOf(model.layers()));
    keys.put("world.heads", String.valueOf(model.heads()));
    keys.put("world.width", String.valueOf(model.width()));
    keys.put("world.q-width", String.valueOf(model.qWidth()));
    keys.put("world.q-heads", String.valueOf(model.qHeads()));
    keys.put("world.codebook-size", String.valueOf(model.codebookSize()));
    keys.put("world.blocks", String.valueOf(model.blocks()));
    keys.put("world.dropout.embedding", String.valueOf(model.dropouts().embedding()));
    keys.put("world.dropout.attention", String.valueOf(model.dropouts().attention()));
    keys.put("world.dropout.residual", String.valueOf(model.dropouts().residual()));
    keys.put("world.dropout.q-head", String.valueOf(model.dropouts().qHead()));
    keys.put("world.use-task-embedding", String.valueOf(model.useTaskEmbedding()));
    keys.put(
        "world.q-loss-backwards-world-model", String.valueOf(model.qLossBackwardsWorldModel()));
    keys.put("world.td-loss", lowerCase(model.tdLoss()));
    keys.put("world.atoms", String.valueOf(model.atoms()));
    keys.put("world.value-min", String.valueOf(model.valueMin()));
    keys.put("world.value-max", String.valueOf(model.valueMax()));
    keys.put("world.discount", String.valueOf(qLoss.discount()));
    keys.put("world.penalty", lowerCase(qLoss.penalty()));
    keys.put("world.penalty-weight", String.valueOf(qLoss.penaltyWeight()));
    keys.put("world.random-ensemble-mixture", String.valueOf(qLoss.randomEnsembleMixture()));
    keys.put("world.state", lowerCase(model.stateInput()));
    keys.put("world.support", String.valueOf(model.support()));
    keys.put(BEHAVIOUR_STEPS, String.valueOf(behaviour.steps));
    if (behaviour.steps > 0) {
      keys.put("world.behaviour.width", String.valueOf(model.behaviourWidth()));
      keys.put("world.behaviour.batch-size", String.valueOf(behaviour.batchSize));
      keys.put("world.behaviour.learning-rate", String.valueOf(behaviour.learningRate));
    }
    keys.put(NEIGHBOURHOOD_STEPS, String.valueOf(neighbourhood.steps));
    if (neighbourhood.steps > 0) {
      keys.put("world.neighbourhood.width", String.valueOf(model.neighbourhoodWidth()));
      keys.put("world.neighbourhood.batch-size", String.valueOf(neighbourhood.batchSize));
      keys.put("world.neighbourhood.learning-rate", String.valueOf(neighbourhood.learningRate));
    }
    keys.put(OBJECTIVE, qLoss.objective().toString());
    keys.put("world.n-step", String.valueOf(qLoss.returnSteps()));
    keys.put("world.supervised-weight", String.valueOf(qLoss.supervisedWeight()));
    keys.put("world.target-update-every", String.valueOf(targetUpdateEvery));
    keys.put("world.batch-size", String.valueOf(batchSize));
    keys.put(MICRO_BATCH_SIZE, String.valueOf(microBatchSize));
    keys.put("world.weight-decay", String.valueOf(weightDecay));
    keys.put("world.clip-norm", String.valueOf(clipNorm));
    keys.put(STAGE1_STEPS, String.valueOf(stage1.steps));
    keys.put("world.stage1.learning-rate", String.valueOf(stage1.learningRate));
    keys.put(STAGE2_STEPS, String.valueOf(stage2.steps));
    keys.put("world.stage2.learning-rate", String.valueOf(stage2.learningRate));
    keys.put("world.stage2.q-learning-rate", String.valueOf(stage2.qLearningRate));
    keys.put("world.precision", precision.toString());
    keys.put(IMAGINED, String.valueOf(imagination.batchSize()));
    if (imagination.isOn()) {
      keys.put("world.imagination.after", String.valueOf(imagination.after()));
      keys.put("world.imagination.every", String.valueOf(imagination.every()));
      keys.put("world.imagination.refresh-every", String.valueOf(imagination.refreshEvery()));
      keys.put("world.imagination.capacity", String.valueOf(imagination.capacity()));
      keys.put("world.imagination.beam-width", String.valueOf(imagination.width()));
      keys.put("world.imagination.horizon", String.valueOf(imagination.horizon()));
      keys.put("world.imagination.mode", lowerCase(imagination.mode()));
    }
    return keys;
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** The loss of a stage. */
  public LossSettings loss(WorldStage stage) {
    return stage == WorldStage.STAGE2 ? qLoss : LossSettings.worldOnly();
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
