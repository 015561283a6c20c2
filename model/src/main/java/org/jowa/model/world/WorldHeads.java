package org.jowa.model.world;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.StateInput;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ProductWeights;
import org.jowa.model.torch.WideProducts;
import org.jspecify.annotations.Nullable;

/**
 * The heads over transformer features (spec section 2.3). Each method takes just the rows that it
 * is to read, {@code [n, E]}, and records gradients if the caller's thread does so; those of the Q
 * heads are {@code [n, stateWidth]}.
 */
public final class WorldHeads {
  /** Keeps the sum over a frame of the size of one of its parts. */
  public static final double POOL_SCALE = 1.0 / 6;

  private final ProductWeights weights;
  private final QEnsemble online;
  private final QEnsemble target;
  private final StateInput input;

  WorldHeads(FlatParameters parameters, ProductWeights weights, StateInput input) {
    this.weights = weights;
    this.input = input;
    online = QEnsemble.of(parameters, weights, WorldWeights.Q);
    target = QEnsemble.of(parameters, weights, WorldWeights.Q_TARGET);
  }

  /** Logits of the next observation token, {@code [n, V]}. */
  public Tensor observations(Tensor rows) {
    return perceptron(WorldWeights.OBSERVATION_HEAD, rows);
  }

  /** Logits of the reward's sign plus one, {@code [n, 3]}. */
  public Tensor rewards(Tensor rows) {
    return perceptron(WorldWeights.REWARD_HEAD, rows);
  }

  /** Logits of the terminal flag, {@code [n, 2]}. */
  public Tensor ends(Tensor rows) {
    return perceptron(WorldWeights.END_HEAD, rows);
  }

  /** Outputs of the online Q networks without dropout, {@code [qHeads, n, 18 * outputs]}. */
  public Tensor q(Tensor rows) {
    return online.forward(state(rows), null);
  }

  /** Outputs of the online Q networks in training; {@code mask} as in {@link QEnsemble}. */
  Tensor q(Tensor rows, @Nullable Tensor mask) {
    return online.forward(state(rows), mask);
  }

  /** Outputs of the target Q networks, never with dropout, {@code [qHeads, n, 18 * outputs]}. */
  public Tensor targetQ(Tensor rows) {
    return target.forward(state(rows), null);
  }

  /** Adds what the heads' weights gathered in a recorded backward pass to the gradients. */
  void collectGradients() {
    weights.collectGradients();
  }

  /**
   * What the Q heads read: the token itself, or the sum of what the same small network makes of
   * every token of the frame. A thing is then known wherever it stands.
   */
  private Tensor state(Tensor rows) {
    if (input == StateInput.TOKEN) {
      return rows;
    }
    long n = rows.size(0);
    Tensor tokens = rows.reshape(n * WorldConfig.FRAME_TOKENS, -1);
    Tensor hidden = torch.relu(linear(WorldWeights.POOL + ".head_module.0", tokens));
    Tensor parts = torch.relu(linear(WorldWeights.POOL + ".head_module.2", hidden));
    return parts
        .toType(ScalarType.Float)
        .view(n, WorldConfig.FRAME_TOKENS, -1)
        .sum(1)
        .mul(new Scalar(POOL_SCALE));
  }

  private Tensor perceptron(String head, Tensor rows) {
    Tensor hidden = torch.relu(linear(head + ".head_module.0", rows));
    return linear(head + ".head_module.2", hidden).toType(ScalarType.Float);
  }

  private Tensor linear(String name, Tensor rows) {
    Tensor weight = weights.leaf(name + ".weight");
    ScalarType type = weight.scalar_type();
    ScalarType arithmetic = weights.arithmetic();
    return WideProducts.linear(
            rows.toType(type).toType(arithmetic),
            weight.toType(arithmetic),
            weights.leaf(name + ".bias").toType(arithmetic))
        .toType(type);
  }
}
