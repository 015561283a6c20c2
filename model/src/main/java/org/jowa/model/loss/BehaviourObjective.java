package org.jowa.model.loss;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;

/**
 * The objective of the behaviour network: the mean cross-entropy with what the players did, at
 * every real step of the played sequences that are demonstrations.
 */
public final class BehaviourObjective {
  private BehaviourObjective() {}

  /**
   * Adds the gradients of a batch to the model's.
   *
   * @param counts of the whole batch of this step, over all micro-batches and ranks
   * @param key of this step's randomness
   * @return the sums of this batch
   */
  public static LossSums accumulate(
      WorldActionModel model, WorldBatch batch, LossCounts counts, DropoutKey key) {
    int[] steps = demonstrated(batch);
    if (steps.length == 0) {
      return LossSums.zero();
    }
    long[] samples =
        IntStream.of(steps)
            .mapToLong(
                step ->
                    batch.sampleIndex()[step / batch.steps()] * batch.steps()
                        + step % batch.steps())
            .toArray();
    try (StepScope recording = StepScope.training()) {
      Tensor logits =
          model
              .behaviour()
              .logits(batch.frames(steps), batch.games(steps), model.device(), key, samples);
      Tensor losses = losses(model, batch, steps, logits);
      losses.sum().mul(new Scalar(1 / counts.cloned())).backward();
      return sums(batch, steps, losses.detach());
    }
  }

  /** The losses of a batch without gradients, for held-out data. */
  public static LossSums evaluate(WorldActionModel model, WorldBatch batch) {
    int[] steps = demonstrated(batch);
    if (steps.length == 0) {
      return LossSums.zero();
    }
    try (StepScope scope = StepScope.inference()) {
      Tensor logits =
          model.behaviour().logits(batch.frames(steps), batch.games(steps), model.device());
      return sums(batch, steps, losses(model, batch, steps, logits));
    }
  }

  private static int[] demonstrated(WorldBatch batch) {
    return IntStream.range(0, batch.size() * batch.steps())
        .filter(step -> batch.mask()[step] != 0)
        .filter(step -> batch.isDemonstration(step / batch.steps()))
        .toArray();
  }

  private static Tensor losses(
      WorldActionModel model, WorldBatch batch, int[] steps, Tensor logits) {
    int[] taken = batch.actions(steps);
    return WorldObjective.crossEntropy(
        logits, model.device().put(Tensors.indices(taken, taken.length)));
  }

  private static LossSums sums(WorldBatch batch, int[] steps, Tensor losses) {
    LossSums sums = LossSums.zero();
    float[] values = Tensors.floats(losses);
    int[] games = batch.games(steps);
    for (int i = 0; i < steps.length; i++) {
      sums.add(LossSums.Part.CLONING, games[i], values[i]);
    }
    return sums;
  }
}
