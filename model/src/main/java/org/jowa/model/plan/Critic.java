package org.jowa.model.plan;

import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.ActionMasks;
import org.jowa.model.world.BehaviourNetwork;
import org.jowa.model.world.Transitions;
import org.jowa.model.world.WorldHeads;
import org.jowa.model.world.WorldWeights;
import org.jspecify.annotations.Nullable;

/**
 * The online Q ensemble as planning reads it: the softmax probabilities are averaged over the
 * ensemble, then the expectation over the atoms is taken; with a squared TD loss the values
 * themselves are averaged. No dropout (spec sections 2.3 and 6).
 */
final class Critic {
  private final WorldConfig config;
  private final Device device;
  private final long ensemble;
  private final Tensor[] weights = new Tensor[3];
  private final Tensor[] biases = new Tensor[3];
  private final Tensor[] normWeights = new Tensor[2];
  private final Tensor[] normBiases = new Tensor[2];

  /** Returns of the atoms [atoms]; null where the ensemble predicts values. */
  private final @Nullable Tensor atoms;

  /** What makes parts of a state of a frame's tokens, unless a state is a token. */
  private final Optional<DecoderWeights.Head> pool;

  /** What the data's players do, unless all actions compete. */
  private final Optional<BehaviourNetwork> behaviour;

  /**
   * @param device of the weights
   * @param pool what makes a state of a frame's tokens, unless a state is a token
   * @param behaviour what the players do, of a model that asks for supported actions
   */
  Critic(
      WorldConfig config,
      Device device,
      Function<String, Tensor> lookup,
      KeptPointers kept,
      Optional<DecoderWeights.Head> pool,
      Optional<BehaviourNetwork> behaviour) {
    this.config = config;
    this.device = device;
    this.pool = pool;
    this.behaviour = behaviour;
    ensemble = lookup.apply(WorldWeights.Q + 0).size(0);
    for (int layer = 0; layer < 3; layer++) {
      weights[layer] =
          kept.keep(lookup.apply(WorldWeights.Q + 4 * layer).transpose(1, 2).clone().contiguous());
      biases[layer] = kept.keep(rowVector(lookup, 4 * layer + 1));
    }
    for (int layer = 0; layer < 2; layer++) {
      normWeights[layer] = kept.keep(rowVector(lookup, 4 * layer + 2));
      normBiases[layer] = kept.keep(rowVector(lookup, 4 * layer + 3));
    }
    atoms = config.tdLoss() == TdLoss.C51 ? kept.keep(device.put(atoms(config))) : null;
  }

  private static Tensor rowVector(Function<String, Tensor> lookup, int index) {
    return lookup.apply(WorldWeights.Q + index).clone().unsqueeze(1);
  }

  private static Tensor atoms(WorldConfig config) {
    float[] values = new float[config.atoms()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (config.valueMin() + i * config.atomStep());
    }
    return Tensors.of(values, values.length);
  }

  /**
   * Logits [ensemble, rows, actions * outputs] of states [rows, stateWidth] after the final norm.
   */
  Tensor logits(Tensor x) {
    return qLogits(pooled(x));
  }

  /** As {@link org.jowa.model.world.WorldHeads} reads states, [rows, E]. */
  private Tensor pooled(Tensor x) {
    if (pool.isEmpty()) {
      return x;
    }
    long rows = x.size(0);
    Tensor parts =
        pool.get().logits(x.reshape(rows * WorldConfig.FRAME_TOKENS, config.width())).relu_();
    return parts
        .view(rows, WorldConfig.FRAME_TOKENS, config.width())
        .sum(1)
        .mul_(new Scalar(WorldHeads.POOL_SCALE));
  }

  private Tensor qLogits(Tensor x) {
    Tensor h = x.unsqueeze(0).expand(ensemble, x.size(0), x.size(1));
    for (int layer = 0; layer < 2; layer++) {
      h = torch.baddbmm(biases[layer], h, weights[layer]);
      h = torch.layer_norm(h, h.size(2));
      h = torch.mish(h.mul_(normWeights[layer]).add_(normBiases[layer]));
    }
    return torch.baddbmm(biases[2], h, weights[2]);
  }

  /**
   * Expected Q of every action of the full set, [rows, 18]; minus infinity for actions that the
   * data doesn't support, by the model's {@code support}.
   *
   * @param states [rows, stateWidth]
   * @param frames that these are states at, each with the one before it
   */
  float[] values(Tensor states, Transitions frames) {
    Tensor q = expected(pooled(states));
    return Tensors.floats(
        behaviour
            .map(of -> ActionMasks.unsupported(of, frames, config.support(), device))
            .map(q::add)
            .orElse(q));
  }

  /** The same without regard to what the data supports. */
  float[] unrestricted(Tensor x) {
    return Tensors.floats(expected(pooled(x)));
  }

  private Tensor expected(Tensor x) {
    Tensor logits = qLogits(x);
    if (config.tdLoss() == TdLoss.MSE) {
      return torch.mean(logits, new long[] {0});
    }
    Tensor probabilities =
        torch.softmax(logits.view(ensemble, x.size(0), WorldConfig.ACTIONS, config.atoms()), 3);
    return torch.matmul(torch.mean(probabilities, new long[] {0}), atoms);
  }
}
