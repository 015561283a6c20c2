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
    try (StepScope recording = StepScope.training()) {
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
      Tensor losses =
          losses(
              model,
              batch,
              steps,
              model
                  .behaviour()
                  .logits(batch.frames(steps), games(batch, steps), model.device(), key, samples));
      losses.sum().mul(new Scalar(1 / counts.cloned())).backward();
      return sums(batch, steps, losses.detach());
    }
  }

  /** The losses of a batch without gradients, for held-out data. */
  public static LossSums evaluate(WorldActionModel model, WorldBatch batch) {
    int[] steps = demonstrated(batch);
    try (StepScope scope = StepScope.inference()) {
      return steps.length == 0
          ? LossSums.zero()
          : sums(
              batch,
              steps,
              losses(
                  model,
                  batch,
                  steps,
                  model
                      .behaviour()
                      .logits(batch.frames(steps), games(batch, steps), model.device())));
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
    int[] taken = IntStream.of(steps).map(step -> batch.actions()[step]).toArray();
    return WorldObjective.crossEntropy(
        logits, model.device().put(Tensors.indices(taken, taken.length)));
  }

  private static int[] games(WorldBatch batch, int[] steps) {
    return IntStream.of(steps).map(step -> batch.games()[step / batch.steps()]).toArray();
  }

  private static LossSums sums(WorldBatch batch, int[] steps, Tensor losses) {
    LossSums sums = LossSums.zero();
    float[] values = Tensors.floats(losses);
    for (int i = 0; i < steps.length; i++) {
      sums.add(LossSums.Part.CLONING, batch.games()[steps[i] / batch.steps()], values[i]);
    }
    return sums;
  }
}
