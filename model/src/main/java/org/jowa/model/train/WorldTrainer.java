package org.jowa.model.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jowa.model.settings.JointTokenizer;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.settings.WorldStage;

/**
 * Trains a world-action model as one rank of many: stage 1 on the world losses, stage 2 on all,
 * with the optimizer's moments reset between them while steps are counted on.
 *
 * <p>Source: specification sections 3 and 4.
 */
public final class WorldTrainer {
  private WorldTrainer() {}

  /**
   * Trains from the newest checkpoint of the run, or from the start, to the last step. Called on
   * every rank, each in a thread of its own.
   *
   * @param data this rank's share of it
   * @throws DivergedException if a loss or gradient isn't finite
   * @throws org.jowa.model.collective.CollectiveException if another rank failed first
   * @throws org.jowa.error.UsageException if the run was made with another configuration
   * @throws org.jowa.error.InvalidInputException if data or checkpoints can't be used
   */
  public static TrainResult run(TrainContext context, WorldSettings settings, WorldData data) {
    return run(context, settings, data, Optional.empty());
  }

  /**
   * As {@link #run(TrainContext, WorldSettings, WorldData)}.
   *
   * @param joint how a tokenizer learns along, which then makes the tokens: the data's sequences
   *     have to be of frames; empty where they have tokens
   */
  public static TrainResult run(
      TrainContext context,
      WorldSettings settings,
      WorldData data,
      Optional<JointTokenizer> joint) {
    joint.ifPresent(along -> along.requireFit(settings));
    Map<String, String> identity = new LinkedHashMap<>(settings.trainable().identity());
    joint.ifPresent(along -> identity.putAll(along.identity()));
    Run run =
        Run.of(
            context.layout(),
            Trained.WORLD,
            identity,
            (step, then) -> mayChange(step, then, settings));
    return TrainingLoop.run(
        context, run, () -> WorldLearner.create(context, settings, data, joint));
  }

  /** The end of stage 1 may move as long as neither the old nor the new one was passed. */
  private static Set<String> mayChange(
      long step, Map<String, String> then, WorldSettings settings) {
    String stage1Then = then.getOrDefault(WorldSettings.STAGE1_STEPS, "0");
    long first = settings.start(WorldStage.STAGE1);
    return step <= first + Math.min(Long.parseLong(stage1Then), settings.stage1().steps())
        ? Set.of(
            WorldSettings.STAGE1_STEPS, WorldSettings.STAGE2_STEPS, WorldSettings.MICRO_BATCH_SIZE)
        : Set.of(WorldSettings.STAGE2_STEPS, WorldSettings.MICRO_BATCH_SIZE);
  }
}
