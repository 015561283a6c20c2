package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.CodeDistance;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ProductWeights;
import org.jowa.model.torch.StepScope;

/** The layers of a VQ-VAE over its weights: pixels to latents, codes to pixels. */
final class TokenizerNetwork implements AutoCloseable {
  static final String CODES = "embedding.weight";

  /**
   * Frames of one pass: more keep a GPU busier, but a CPU not, and training takes about 1.2 MiB a
   * frame and channel.
   */
  private static final int PASS_FRAMES = 16;

  private static final int PASS_FRAMES_ON_CPU = 8;

  private final TokenizerConfig config;
  private final ProductWeights products;
  private final Convolutions convolutions;
  private final Encoder encoder;
  private final Conv preQuantiser;
  private final Codebook codebook;
  private final Conv postQuantiser;
  private final Decoder decoder;
  private final int passFrames;

  TokenizerNetwork(TokenizerConfig config, FlatParameters parameters, Compute compute) {
    this.config = config;
    products = new ProductWeights(parameters, compute);
    convolutions = new Convolutions(compute, config);
    Layers layers = new Layers(parameters, products);
    encoder = new Encoder(layers);
    preQuantiser = Conv.of(layers, "pre_quant_conv");
    codebook = new Codebook(parameters.get(CODES));
    postQuantiser = Conv.of(layers, "post_quant_conv");
    decoder = new Decoder(layers);
    passFrames = compute.device().isCpu() ? PASS_FRAMES_ON_CPU : PASS_FRAMES;
  }

  TokenizerConfig config() {
    return config;
  }

  Codebook codebook() {
    return codebook;
  }

  Encoder encoder() {
    return encoder;
  }

  /** A pass with the weights as they are now. */
  Pass pass(boolean recorded) {
    products.refresh();
    return recorded ? Pass.recorded(convolutions) : Pass.forwardOnly(convolutions);
  }

  /** Latents of pixels fp32 [n, 1, 84, 84]: fp32 [n, embeddingDim, 6, 6]. */
  Node latents(Pass pass, Tensor pixels) {
    Node latents = pass.convolve(encoder.apply(pass, pixels), preQuantiser);
    return config.distance() == CodeDistance.COSINE
        ? pass.differentiated(latents, Codebook::ofLength1)
        : latents;
  }

  /** What is drawn of code vectors fp32 [n, embeddingDim, 6, 6]: fp32 [n, 1, 84, 84]. */
  Node decoded(Pass pass, Node codes) {
    return decoder.apply(pass, pass.convolve(codes, postQuantiser));
  }

  /** Adds what the weights of products gathered to the gradients. */
  void collectGradients() {
    products.collectGradients();
  }

  /** What is done with some of the frames. */
  @FunctionalInterface
  interface PassBody {
    void run(long start, long count);
  }

  /** Cuts n frames into passes, each in a scope of its own without autograd. */
  void inPasses(long n, PassBody body) {
    for (long start = 0; start < n; start += passFrames) {
      try (StepScope scope = StepScope.inference()) {
        body.run(start, Math.min(passFrames, n - start));
      }
    }
  }

  @Override
  public void close() {
    products.close();
  }
}
