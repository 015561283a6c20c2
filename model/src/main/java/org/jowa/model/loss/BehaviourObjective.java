package org.jowa.model.loss;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.BehaviourNetwork;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.Transitions;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;

/**
 * The objective of the behaviour network: the mean cross-entropy with what the players did, at
 * every real step of the played sequences that are demonstrations, but their first: where things go
 * shows in the frame before.
 *
 * <p>With a temperature, what went well counts more (monotonic advantage re-weighted imitation
 * learning, Wang et al., NeurIPS 2018): each step's cross-entropy is weighed by {@code
 * exp(advantage / temperature)}, where the advantage is the return that followed less what the
 * network, which learns that beside, expects at the frame.
 */
public final class BehaviourObjective {
  /** Bound of a weight's exponent: no step counts e^6 times as much as another, or more. */
  private static final double LARGEST_EXPONENT = 3;

  /** Share of the steps that are read as if they were an episode's first. */
  private static final double FIRST = 0.03;

  private static final long SITE = 0x666972;

  private BehaviourObjective() {}

  /**
   * Adds the gradients of a batch to the model's.
   *
   * @param temperature points of return by which one step weighs e times as much as another; 0
   *     where all weigh the same, and batches need no returns
   * @param counts of the whole batch of this step, over all micro-batches and ranks
   * @param key of this step's randomness
   * @return the sums of this batch
   */
  public static LossSums accumulate(
      WorldActionModel model,
      WorldBatch batch,
      double temperature,
      LossCounts counts,
      DropoutKey key) {
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
    Transitions states = Transitions.of(batch, steps);
    for (int i = 0; i < steps.length; i++) {
      long draw = FunctionalRandom.key(key.seed(), key.step(), samples[i], SITE);
      if (FunctionalRandom.uniform(draw, 0) < FIRST) {
        states.forgetBefore(i);
      }
    }
    try (StepScope recording = StepScope.training()) {
      BehaviourNetwork.Judgement said =
          model.behaviour().training(states, model.device(), key, samples);
      Tensor losses = losses(model, batch, steps, said.logits());
      Tensor objective =
          temperature > 0
              ? weighed(losses, advantages(model, batch, steps, said.values()), temperature)
              : losses;
      objective.sum().mul(new Scalar(1 / counts.cloned())).backward();
      return sums(batch, steps, losses.detach());
    }
  }

  /** What came after each step, less what was expected, {@code [n]}. */
  private static Tensor advantages(
      WorldActionModel model, WorldBatch batch, int[] steps, Tensor expected) {
    return model.device().put(Tensors.of(batch.returns(steps), steps.length)).sub(expected);
  }

  /** The weighted cross-entropies, and beside them the loss by which the values are learned. */
  private static Tensor weighed(Tensor losses, Tensor advantages, double temperature) {
    Tensor weights =
        advantages
            .detach()
            .mul(new Scalar(1 / temperature))
            .clamp(
                new ScalarOptional(new Scalar(-LARGEST_EXPONENT)),
                new ScalarOptional(new Scalar(LARGEST_EXPONENT)))
            .exp();
    return losses.mul(weights).add(advantages.square());
  }

  /** The losses of a batch without gradients, for held-out data. */
  public static LossSums evaluate(WorldActionModel model, WorldBatch batch) {
    int[] steps = demonstrated(batch);
    if (steps.length == 0) {
      return LossSums.zero();
    }
    try (StepScope scope = StepScope.inference()) {
      Tensor logits = model.behaviour().logits(Transitions.of(batch, steps), model.device());
      return sums(batch, steps, losses(model, batch, steps, logits));
    }
  }

  private static int[] demonstrated(WorldBatch batch) {
    return IntStream.range(0, batch.size() * batch.steps())
        .filter(step -> step % batch.steps() > 0 && batch.mask()[step] != 0)
        .filter(step -> batch.isDemonstration(step / batch.steps()))
        .toArray();
  }

  private static Tensor losses(
      WorldActionModel model, WorldBatch batch, int[] steps, Tensor logits) {
    int[] taken = batch.actions(steps);
    return WorldObjective.crossEntropy(logits, model.device().indices(taken));
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
