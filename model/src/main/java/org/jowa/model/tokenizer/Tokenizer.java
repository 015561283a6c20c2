package org.jowa.model.tokenizer;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * The VQ-VAE: a frame of 84x84 gray pixels becomes 36 tokens, row by row over a 6x6 grid, and
 * tokens become a frame again.
 *
 * <p>Methods that take frames want uint8 [n, 84, 84]. Those that return tensors make them in the
 * caller's pointer scope. A tokenizer may be used by several threads as long as none trains it.
 *
 * <p>Source: specification section 1.
 */
public final class Tokenizer implements AutoCloseable {
  /** Frames of one forward pass: small enough that feature maps stay in the processor's caches. */
  static final int PASS_FRAMES = 8;

  private static final int SIZE = TokenizerConfig.FRAME_SIZE;
  private static final int GRID = TokenizerConfig.GRID_SIZE;
  private static final long PIXELS = (long) SIZE * SIZE;
  private static final String LPIPS_PREFIX = "lpips.";

  private final TokenizerConfig config;
  private final FlatParameters parameters;
  private final Encoder encoder;
  private final Conv preQuantiser;
  private final Codebook codebook;
  private final Conv postQuantiser;
  private final Decoder decoder;
  private Optional<Lpips> lpips = Optional.empty();

  private Tokenizer(TokenizerConfig config, FlatParameters parameters) {
    this.config = config;
    this.parameters = parameters;
    encoder = new Encoder(parameters);
    preQuantiser = Conv.of(parameters, "pre_quant_conv");
    codebook = new Codebook(parameters.get("embedding.weight"));
    postQuantiser = Conv.of(parameters, "post_quant_conv");
    decoder = new Decoder(parameters);
  }

  /** A tokenizer whose first weights are a function of the seed. */
  public static Tokenizer create(TokenizerConfig config, long seed) {
    return new Tokenizer(config, TokenizerWeights.initialise(config, seed));
  }

  /**
   * Loads weights from a local file.
   *
   * @throws InvalidInputException if it isn't a tokenizer's
   */
  public static Tokenizer load(Path file) {
    try (Safetensors weights = Safetensors.read(file)) {
      return load(weights);
    }
  }

  /**
   * Loads weights; the sizes follow from the tensors' shapes. LPIPS weights among them are ignored.
   *
   * @throws InvalidInputException if they aren't a tokenizer's
   */
  public static Tokenizer load(Safetensors weights) {
    TokenizerConfig config = configOf(weights);
    Map<String, Tensor> own = new LinkedHashMap<>(weights.tensors());
    own.keySet().removeIf(name -> name.startsWith(LPIPS_PREFIX));
    FlatParameters parameters = TokenizerWeights.allocate(config);
    try {
      parameters.copyFrom(own, Strictness.EXACT, weights.source());
    } catch (InvalidInputException e) {
      parameters.close();
      throw e;
    }
    return new Tokenizer(config, parameters);
  }

  public TokenizerConfig config() {
    return config;
  }

  /** The weights; names are those of the reference's state dict. */
  public FlatParameters parameters() {
    return parameters;
  }

  /** Adds the perceptual term to the losses from now on; the caller closes it. */
  public void perceptualLoss(Lpips value) {
    lpips = Optional.of(value);
  }

  /**
   * Latents before quantisation, in one pass; gradients are recorded if the thread's mode says so.
   *
   * @param frames uint8 [n, 84, 84]
   * @return fp32 [n, embeddingDim, 6, 6]
   */
  public Tensor encode(Tensor frames) {
    return latents(preprocess(frames));
  }

  /**
   * Tokens of frames, without gradients, in passes of bounded size.
   *
   * @param frames uint8 [n, 84, 84]
   * @return int64 [n, 36], row by row over the grid
   */
  public Tensor tokens(Tensor frames) {
    long n = frames.size(0);
    Tensor tokens = Tensors.empty(ScalarType.Long, n, TokenizerConfig.TOKENS_PER_FRAME);
    for (long start = 0; start < n; start += PASS_FRAMES) {
      long count = Math.min(PASS_FRAMES, n - start);
      try (StepScope scope = StepScope.inference()) {
        Tensor nearest = codebook.nearest(rows(encode(frames.narrow(0, start, count))));
        tokens.narrow(0, start, count).copy_(nearest.view(count, -1));
      }
    }
    return tokens;
  }

  /**
   * Frames of tokens, without gradients, in passes of bounded size.
   *
   * @param tokens int64 [n, 36]
   * @return fp32 [n, 1, 84, 84], about [0, 1], not clamped
   */
  public Tensor decode(Tensor tokens) {
    long n = tokens.size(0);
    Tensor frames = Tensors.empty(ScalarType.Float, n, 1, SIZE, SIZE);
    for (long start = 0; start < n; start += PASS_FRAMES) {
      long count = Math.min(PASS_FRAMES, n - start);
      try (StepScope scope = StepScope.inference()) {
        Tensor codes = codebook.lookUp(tokens.narrow(0, start, count).reshape(-1));
        Tensor decoded = decodeRows(codes, count);
        frames.narrow(0, start, count).copy_(decoded.add(new Scalar(1)).div(new Scalar(2)));
      }
    }
    return frames;
  }

  /**
   * The losses of frames in one pass, differentiable if the thread's gradient mode says so. Memory
   * grows with the number of frames: {@link #accumulateGradients} takes any number.
   *
   * @param frames uint8 [n, 84, 84]
   * @param globalFrameCount frames of the whole batch, over all ranks and passes
   */
  public TokenizerLosses losses(Tensor frames, long globalFrameCount) {
    Tensor pixels = preprocess(frames);
    Tensor latents = latents(pixels);
    Tensor rows = rows(latents);
    Tensor tokens = codebook.nearest(rows.detach());
    Tensor codes = codebook.lookUp(tokens);
    Tensor decoded = decodeRows(straightThrough(rows, codes), frames.size(0));

    Scalar perPixel = new Scalar(1.0 / ((double) globalFrameCount * PIXELS));
    double latentElements = (double) GRID * GRID * config.embeddingDim();
    Scalar perLatent = new Scalar(1 / (globalFrameCount * latentElements));
    Tensor reconstruction = torch.sum(pixels.sub(decoded).abs()).mul(perPixel);
    Tensor codebookLoss = torch.sum(rows.detach().sub(codes).square()).mul(perLatent);
    Tensor commitment = torch.sum(rows.sub(codes.detach()).square()).mul(perLatent);
    Tensor total = reconstruction.add(codebookLoss).add(commitment);
    double perceptualValue = 0;
    if (lpips.isPresent()) {
      Tensor perceptual =
          torch.sum(lpips.get().distance(pixels, decoded)).mul(new Scalar(1.0 / globalFrameCount));
      total = total.add(perceptual);
      perceptualValue = perceptual.item_float();
    }
    TokenizerLosses.Values values =
        new TokenizerLosses.Values(
            reconstruction.item_float(),
            codebookLoss.item_float(),
            commitment.item_float(),
            perceptualValue);
    return new TokenizerLosses(total, values, tokens.view(frames.size(0), -1));
  }

  /**
   * Adds the gradients of these frames' losses to the gradient buffer, in passes of bounded size.
   *
   * @param frames uint8 [n, 84, 84]
   * @param globalFrameCount frames of the whole batch, over all ranks
   * @param use counts the chosen codes
   * @return these frames' share of the losses
   */
  public TokenizerLosses.Values accumulateGradients(
      Tensor frames, long globalFrameCount, CodebookUse use) {
    TokenizerLosses.Values sum = TokenizerLosses.Values.zero();
    long n = frames.size(0);
    for (long start = 0; start < n; start += PASS_FRAMES) {
      long count = Math.min(PASS_FRAMES, n - start);
      try (StepScope scope = StepScope.training()) {
        TokenizerLosses losses = losses(frames.narrow(0, start, count), globalFrameCount);
        losses.total().backward();
        use.add(losses.tokens());
        sum = sum.plus(losses.values());
      }
    }
    return sum;
  }

  /** The losses of any number of frames without gradients, for held-out data. */
  public TokenizerLosses.Values evaluate(Tensor frames, long globalFrameCount, CodebookUse use) {
    TokenizerLosses.Values sum = TokenizerLosses.Values.zero();
    long n = frames.size(0);
    for (long start = 0; start < n; start += PASS_FRAMES) {
      long count = Math.min(PASS_FRAMES, n - start);
      try (StepScope scope = StepScope.inference()) {
        TokenizerLosses losses = losses(frames.narrow(0, start, count), globalFrameCount);
        use.add(losses.tokens());
        sum = sum.plus(losses.values());
      }
    }
    return sum;
  }

  /**
   * Reconstructions as training sees them, with straight-through latents.
   *
   * @param frames uint8 [n, 84, 84]
   * @return fp32 [n, 1, 84, 84], about [-1, 1], not clamped
   */
  public Tensor reconstruct(Tensor frames) {
    Tensor rows = rows(encode(frames));
    Tensor codes = codebook.lookUp(codebook.nearest(rows.detach()));
    return decodeRows(straightThrough(rows, codes), frames.size(0));
  }

  /**
   * Code vectors of tokens on the grid.
   *
   * @param tokens int64 [n, 36]
   * @return fp32 [n, embeddingDim, 6, 6]
   */
  public Tensor codeVectors(Tensor tokens) {
    return grid(codebook.lookUp(tokens.reshape(-1)), tokens.size(0));
  }

  /** Names these weights: 16 hexadecimal digits of a SHA-256 over names, shapes and values. */
  public String hash() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
        Safetensors.write(out, parameters.tensors(), Map.of());
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException | IOException e) {
      throw new IllegalStateException("Cannot hash the tokenizer's weights", e);
    }
  }

  @Override
  public void close() {
    parameters.close();
  }

  Encoder encoder() {
    return encoder;
  }

  /** uint8 [n, 84, 84] to fp32 [n, 1, 84, 84] in [-1, 1], channels last. */
  static Tensor preprocess(Tensor frames) {
    if (frames.dim() != 3 || frames.size(1) != SIZE || frames.size(2) != SIZE) {
      throw new IllegalArgumentException(
          "Expected frames [n, 84, 84], found " + Arrays.toString(frames.shape()));
    }
    long n = frames.size(0);
    Tensor pixels = frames.to(ScalarType.Float).div_(new Scalar(255)).mul_(new Scalar(2));
    // Strides that say channels last: with one channel both layouts are the same memory.
    return pixels
        .sub_(new Scalar(1))
        .as_strided(new long[] {n, 1, SIZE, SIZE}, new long[] {PIXELS, 1, SIZE, 1});
  }

  private Tensor latents(Tensor pixels) {
    return preQuantiser.apply(encoder.apply(pixels));
  }

  private Tensor decodeRows(Tensor rows, long n) {
    return decoder.apply(postQuantiser.apply(grid(rows, n)));
  }

  /** Forward the codes, backward to the latents. */
  private static Tensor straightThrough(Tensor rows, Tensor codes) {
    return rows.add(codes.sub(rows).detach());
  }

  /** [n, e, 6, 6] to [n * 36, e], a view when channels lie last. */
  private Tensor rows(Tensor latents) {
    return latents.permute(0, 2, 3, 1).reshape(-1, config.embeddingDim());
  }

  /** [n * 36, e] to [n, e, 6, 6], channels last. */
  private Tensor grid(Tensor rows, long n) {
    return rows.view(n, GRID, GRID, config.embeddingDim()).permute(0, 3, 1, 2);
  }

  private static TokenizerConfig configOf(Safetensors weights) {
    Tensor input = weights.tensor("encoder.conv_in.weight");
    Tensor output = weights.tensor("encoder.conv_out.weight");
    Tensor codes = weights.tensor("embedding.weight");
    if (input.dim() != 4 || output.dim() != 4 || codes.dim() != 2) {
      throw new InvalidInputException(
          weights.source() + " doesn't hold a tokenizer's weights: use another file");
    }
    return new TokenizerConfig(
        Math.toIntExact(input.size(0)),
        Math.toIntExact(output.size(0)),
        Math.toIntExact(codes.size(1)),
        Math.toIntExact(codes.size(0)));
  }
}
