package org.jowa.model.tokenizer;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.InvalidInputException;
import org.jowa.model.settings.CodeDistance;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Initialiser;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;

/**
 * Names, shapes and first values of a tokenizer's weights; the names are those of the reference's
 * state dict.
 *
 * <p>Source: specification section 1.7, 1.9 and appendix D.
 */
final class TokenizerWeights {
  /** Its presence in a weights file says that codes are compared by their angle. */
  static final String COSINE = "embedding.cosine";

  private final TokenizerConfig config;
  private final FlatParameters.Builder builder = FlatParameters.builder();
  private final List<Weight> weights = new ArrayList<>();

  private TokenizerWeights(TokenizerConfig config) {
    this.config = config;
  }

  /** Allocates all weights, zero. */
  static FlatParameters allocate(TokenizerConfig config, Device device) {
    TokenizerWeights weights = new TokenizerWeights(config);
    weights.declare();
    return weights.builder.build(device);
  }

  /** Allocates and initialises all weights as a function of the seed. */
  static FlatParameters initialise(TokenizerConfig config, long seed, Device device) {
    TokenizerWeights weights = new TokenizerWeights(config);
    weights.declare();
    FlatParameters parameters = weights.builder.build(device);
    Initialiser initialiser = Initialiser.of(seed);
    try (StepScope scope = StepScope.inference()) {
      for (Weight weight : weights.weights) {
        weight.start.fill(initialiser, weight.name, parameters.get(weight.name));
      }
    }
    return parameters;
  }

  private void declare() {
    int channels = config.channels();
    int latent = config.latentChannels();
    int embedding = config.embeddingDim();
    conv("encoder.conv_in", channels, 1, 3);
    for (int level = 0; level < 3; level++) {
      String down = "encoder.down." + level;
      for (int block = 0; block < 2; block++) {
        resBlock(down + ".block." + block);
      }
      if (level > 0) {
        for (int attention = 0; attention < 2; attention++) {
          attention(down + ".attn." + attention);
        }
      }
      if (level < 2) {
        conv(down + ".downsample.conv", channels, channels, level == 0 ? 8 : 3);
      }
    }
    mid("encoder.mid");
    norm("encoder.norm_out");
    conv("encoder.conv_out", latent, channels, 3);
    plainConv("pre_quant_conv", embedding, latent);
    double codeBound = 1.0 / config.codebookSize();
    weight(
        "embedding.weight",
        (init, name, tensor) -> init.uniform(name, tensor, codeBound),
        config.codebookSize(),
        embedding);
    plainConv("post_quant_conv", latent, embedding);
    conv("decoder.conv_in", channels, latent, 3);
    mid("decoder.mid");
    for (int level = 0; level < 3; level++) {
      String up = "decoder.up." + level;
      for (int block = 0; block < 3; block++) {
        resBlock(up + ".block." + block);
      }
      if (level > 0) {
        conv(up + ".upsample.conv", channels, channels, 3);
      }
    }
    norm("decoder.norm_out");
    conv("decoder.conv_out", 1, channels, 3);
  }

  private void mid(String prefix) {
    resBlock(prefix + ".block_1");
    attention(prefix + ".attn_1");
    resBlock(prefix + ".block_2");
  }

  private void resBlock(String prefix) {
    int channels = config.channels();
    norm(prefix + ".norm1");
    conv(prefix + ".conv1", channels, channels, 3);
    norm(prefix + ".norm2");
    conv(prefix + ".conv2", channels, channels, 3);
  }

  private void attention(String prefix) {
    int channels = config.channels();
    norm(prefix + ".norm");
    for (String part : List.of(".q", ".k", ".v", ".proj_out")) {
      conv(prefix + part, channels, channels, 1);
    }
  }

  private void norm(String prefix) {
    weight(prefix + ".weight", constant(1), config.channels());
    weight(prefix + ".bias", constant(0), config.channels());
  }

  /** A convolution of the encoder or decoder: orthogonal with gain sqrt(2), bias 0. */
  private void conv(String prefix, int out, int in, int kernel) {
    weight(
        prefix + ".weight",
        (init, name, tensor) -> init.orthogonal(name, tensor, Math.sqrt(2)),
        out,
        in,
        kernel,
        kernel);
    weight(prefix + ".bias", constant(0), out);
  }

  /** A 1x1 convolution beside the codebook: uniform within 1/sqrt(inputs), bias too. */
  private void plainConv(String prefix, int out, int in) {
    Start start = (init, name, tensor) -> init.uniform(name, tensor, 1 / Math.sqrt(in));
    weight(prefix + ".weight", start, out, in, 1, 1);
    weight(prefix + ".bias", start, out);
  }

  private void weight(String name, Start start, long... shape) {
    builder.add(name, ParameterGroup.NO_DECAY, shape);
    weights.add(new Weight(name, start));
  }

  private static Start constant(double value) {
    return (init, name, tensor) -> init.constant(tensor, value);
  }

  private interface Start {
    void fill(Initialiser initialiser, String name, Tensor tensor);
  }

  private record Weight(String name, Start start) {}

  /** The sizes of a tokenizer, by the shapes of its tensors. */
  static TokenizerConfig configOf(Safetensors weights) {
    Tensor input = weights.tensor("encoder.conv_in.weight");
    Tensor output = weights.tensor("encoder.conv_out.weight");
    Tensor codes = weights.tensor(TokenizerNetwork.CODES);
    if (input.dim() != 4 || output.dim() != 4 || codes.dim() != 2) {
      throw new InvalidInputException(
          weights.source() + " doesn't hold a tokenizer's weights: use another file");
    }
    return new TokenizerConfig(
            Math.toIntExact(input.size(0)),
            Math.toIntExact(output.size(0)),
            Math.toIntExact(codes.size(1)),
            Math.toIntExact(codes.size(0)),
            weights.tensors().containsKey(COSINE) ? CodeDistance.COSINE : CodeDistance.EUCLIDEAN)
        .checked(weights.source());
  }
}
