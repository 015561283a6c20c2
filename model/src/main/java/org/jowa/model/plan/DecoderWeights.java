package org.jowa.model.plan;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.settings.StateInput;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.ConstantLinear;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.StepScope;
import org.jowa.model.world.BehaviourNetwork;
import org.jowa.model.world.NeighbourhoodNetwork;
import org.jowa.model.world.WorldWeights;

/**
 * A world-action model's weights as decoding wants them: matrices transposed for {@code x W + b},
 * query, key and value in one matrix, the attention scale folded into the query's part. All are
 * copies, so the model may go on training.
 */
final class DecoderWeights implements AutoCloseable {
  /** A layer normalisation over the last dimension. */
  record Norm(TensorOptional weight, TensorOptional bias, long[] shape) {
    private static final double EPSILON = 1e-5;

    Tensor apply(Tensor x) {
      return torch.layer_norm(x, shape, weight, bias, EPSILON, true);
    }
  }

  /** One transformer block; {@code qkv} maps [.., E] to [.., 3E]. */
  record Block(
      Norm attentionNorm,
      ConstantLinear qkv,
      ConstantLinear proj,
      Norm mlpNorm,
      ConstantLinear up,
      ConstantLinear down) {}

  /** A world head: two linear layers with a ReLU between. */
  record Head(ConstantLinear hidden, ConstantLinear out) {
    /** Logits [rows, classes] of vectors [rows, E]. */
    Tensor logits(Tensor x) {
      return out.apply(hidden.apply(x).relu_());
    }
  }

  private final KeptPointers kept = new KeptPointers();
  private final List<ConstantLinear> linears = new ArrayList<>();
  private final Function<String, Tensor> lookup;
  private final WorldConfig config;
  private final Device device;

  final Block[] blocks;
  final Norm finalNorm;
  final Head observations;
  final Head rewards;
  final Head ends;
  final Critic critic;
  final TokenVectors vectors;

  /** What the data's players do, of models with such a network. */
  final Optional<BehaviourNetwork> behaviour;

  /** What the places around tokens add to their vectors, of models with such a network. */
  final Optional<NeighbourhoodNetwork> neighbourhood;

  /**
   * Copies the weights.
   *
   * @param device of the copies
   * @param tensors the tensor of a state-dict name (spec section 2.6)
   * @throws InvalidInputException if one that is read has another shape than the configuration asks
   *     for
   */
  DecoderWeights(WorldConfig config, Device device, Function<String, Tensor> tensors) {
    this.config = config;
    this.device = device;
    Map<String, long[]> shapes = WorldWeights.shapes(config);
    Function<String, Tensor> checked =
        name -> checked(name, tensors.apply(name), requireNonNull(shapes.get(name)));
    lookup = name -> device.put(checked.apply(name));
    try (StepScope scope = StepScope.inference()) {
      blocks = new Block[config.layers()];
      for (int layer = 0; layer < blocks.length; layer++) {
        blocks[layer] = block(WorldWeights.block(layer));
      }
      finalNorm = norm(WorldWeights.FINAL_NORM);
      observations = head(WorldWeights.OBSERVATION_HEAD);
      rewards = head(WorldWeights.REWARD_HEAD);
      ends = head(WorldWeights.END_HEAD);
      behaviour =
          config.behaviourWidth() > 0
              ? Optional.of(BehaviourNetwork.of(copies(BehaviourNetwork.names())::get))
              : Optional.empty();
      critic =
          new Critic(
              config,
              device,
              lookup,
              kept,
              config.stateInput() == StateInput.FRAME
                  ? Optional.of(head(WorldWeights.POOL))
                  : Optional.empty(),
              behaviour.filter(of -> config.support() > 0));
      vectors = new TokenVectors(config, checked);
      neighbourhood =
          config.neighbourhoodWidth() > 0
              ? Optional.of(NeighbourhoodNetwork.of(copies(NeighbourhoodNetwork.names())::get))
              : Optional.empty();
    }
  }

  private static Tensor checked(String name, Tensor tensor, long[] expected) {
    if (!Arrays.equals(tensor.shape(), expected)) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "The model's tensor %s is %s, expected %s: it was made by another version or with other"
                  + " settings, so train anew or use another checkpoint",
              name,
              Arrays.toString(tensor.shape()),
              Arrays.toString(expected)));
    }
    return tensor;
  }

  private Block block(String prefix) {
    return new Block(
        norm(prefix + "ln1"),
        queryKeyValue(prefix + "attn."),
        linear(prefix + "attn.proj"),
        norm(prefix + "ln2"),
        linear(prefix + "mlp.0"),
        linear(prefix + "mlp.2"));
  }

  private ConstantLinear queryKeyValue(String prefix) {
    try (StepScope scope = StepScope.inference()) {
      int width = config.width();
      Tensor weight = device.empty(ScalarType.Float, width, 3L * width);
      Tensor bias = device.empty(ScalarType.Float, 3L * width);
      String[] parts = {"query", "key", "value"};
      for (int i = 0; i < parts.length; i++) {
        weight
            .narrow(1, (long) i * width, width)
            .copy_(lookup.apply(prefix + parts[i] + ".weight").t());
        bias.narrow(0, (long) i * width, width).copy_(lookup.apply(prefix + parts[i] + ".bias"));
      }
      Scalar scale = new Scalar(1 / Math.sqrt(config.headWidth()));
      weight.narrow(1, 0, width).mul_(scale);
      bias.narrow(0, 0, width).mul_(scale);
      return linear(weight, bias);
    }
  }

  private ConstantLinear linear(String name) {
    // A layer lays out its weights anew: what they came in is freed behind each of them.
    try (StepScope scope = StepScope.inference()) {
      return linear(
          lookup.apply(name + ".weight").t().clone().contiguous(),
          lookup.apply(name + ".bias").clone());
    }
  }

  private ConstantLinear linear(Tensor weight, Tensor bias) {
    ConstantLinear linear = ConstantLinear.of(weight, bias, device);
    linears.add(linear);
    return linear;
  }

  private Norm norm(String name) {
    return new Norm(
        kept.keep(new TensorOptional(lookup.apply(name + ".weight").clone())),
        kept.keep(new TensorOptional(lookup.apply(name + ".bias").clone())),
        new long[] {config.width()});
  }

  private Map<String, Tensor> copies(List<String> names) {
    Map<String, Tensor> copies = new HashMap<>();
    for (String name : names) {
      copies.put(name, kept.keep(lookup.apply(name).detach().clone()));
    }
    return copies;
  }

  private Head head(String name) {
    return new Head(linear(name + ".head_module.0"), linear(name + ".head_module.2"));
  }

  @Override
  public void close() {
    linears.forEach(ConstantLinear::close);
    kept.close();
  }
}
