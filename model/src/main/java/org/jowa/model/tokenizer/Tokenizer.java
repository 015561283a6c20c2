package org.jowa.model.tokenizer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.jowa.model.torch.ProductWeights;
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
public final class Tokenizer implements FrameTokenizer {
  private static final int SIZE = TokenizerConfig.FRAME_SIZE;
  private static final int GRID = TokenizerConfig.GRID_SIZE;
  private static final long PIXELS = (long) SIZE * SIZE;
  private static final String LPIPS_PREFIX = "lpips.";
  private static final String CODES = "embedding.weight";

  /** Its presence in a weights file says that codes are compared by their angle. */
  private static final String COSINE = "embedding.cosine";

  private static final int[] NO_GAMES = {};

  /**
   * Frames of one pass: more keep a GPU busier, but a processor not, and training takes about 1.2
   * MiB a frame and channel.
   */
  private static final int PASS_FRAMES = 16;

  private static final int PASS_FRAMES_ON_CPU = 8;

  private final TokenizerConfig config;
  private final FlatParameters parameters;
  private final Compute compute;
  private final ProductWeights products;
  private final Convolutions convolutions;
  private final Encoder encoder;
  private final Conv preQuantiser;
  private final Codebook codebook;
  private final Conv postQuantiser;
  private final Decoder decoder;
  private final Optional<Backgrounds> backgrounds;

  /** uint8 [1]. */
  private final Tensor cosine;

  private TokenizerObjective objective = TokenizerObjective.STANDARD;
  private CodeSettings.Update codeUpdate = CodeSettings.Update.GRADIENT;
  private Optional<Lpips> lpips = Optional.empty();

  private Tokenizer(
      TokenizerConfig config,
      FlatParameters parameters,
      Compute compute,
      Optional<Backgrounds> backgrounds) {
    this.config = config;
    this.backgrounds = backgrounds;
    this.parameters = parameters;
    this.compute = compute;
    products = new ProductWeights(parameters, compute);
    convolutions = new Convolutions(compute, config);
    Layers layers = new Layers(parameters, products);
    encoder = new Encoder(layers);
    preQuantiser = Conv.of(layers, "pre_quant_conv");
    codebook = new Codebook(parameters.get(CODES));
    postQuantiser = Conv.of(layers, "post_quant_conv");
    decoder = new Decoder(layers);
    try (StepScope scope = StepScope.inference()) {
      cosine = Tensors.keep(Tensors.of(new byte[] {1}, 1));
    }
  }

  /** A tokenizer in fp32 on the processor; see {@link #create(TokenizerConfig, long, Compute)}. */
  public static Tokenizer create(TokenizerConfig config, long seed) {
    return create(config, seed, Compute.FP32_ON_CPU);
  }

  /**
   * A tokenizer whose first weights are a function of the seed.
   *
   * @param compute where and in which precision it computes
   * @throws InvalidInputException if torch can't use the device
   */
  public static Tokenizer create(TokenizerConfig config, long seed, Compute compute) {
    return create(config, seed, compute, Optional.empty());
  }

  /**
   * As {@link #create(TokenizerConfig, long, Compute)}, on differences to backgrounds if there are
   * any: its last convolution is then zero at first, so that it begins by drawing the background.
   *
   * @param backgrounds closed with the tokenizer
   */
  public static Tokenizer create(
      TokenizerConfig config, long seed, Compute compute, Optional<Backgrounds> backgrounds) {
    compute.prepare();
    FlatParameters parameters = TokenizerWeights.initialise(config, seed, compute.device());
    try (StepScope scope = StepScope.inference()) {
      if (backgrounds.isPresent()) {
        parameters.get("decoder.conv_out.weight").zero_();
      }
      if (config.distance() == CodeDistance.COSINE) {
        Tensor codes = parameters.get(CODES);
        codes.copy_(Codebook.ofLength1(codes));
      }
    }
    return new Tokenizer(config, parameters, compute, backgrounds);
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
   * Loads weights, to compute with in fp32 on the processor; the sizes follow from the tensors'
   * shapes. LPIPS weights among them are ignored.
   *
   * @throws InvalidInputException if they aren't a tokenizer's
   */
  public static Tokenizer load(Safetensors weights) {
    return load(weights, Compute.FP32_ON_CPU);
  }

  /**
   * Loads weights as {@link #load(Safetensors)} does.
   *
   * @param compute where and in which precision to compute with them
   */
  public static Tokenizer load(Safetensors weights, Compute compute) {
    compute.prepare();
    TokenizerConfig config = configOf(weights);
    Map<String, Tensor> own = new LinkedHashMap<>(weights.tensors());
    own.keySet()
        .removeIf(
            name ->
                name.startsWith(LPIPS_PREFIX) || name.equals(COSINE) || Backgrounds.holds(name));
    FlatParameters parameters = TokenizerWeights.allocate(config, compute.device());
    try {
      parameters.copyFrom(own, Strictness.EXACT, weights.source());
    } catch (InvalidInputException e) {
      parameters.close();
      throw e;
    }
    return new Tokenizer(config, parameters, compute, Backgrounds.load(weights));
  }

  public TokenizerConfig config() {
    return config;
  }

  /** The weights; names are those of the reference's state dict. */
  public FlatParameters parameters() {
    return parameters;
  }

  /** The weights and what else a weights file has to hold, by name. */
  public Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>(parameters.tensors());
    backgrounds.ifPresent(known -> tensors.putAll(known.tensors()));
    if (config.distance() == CodeDistance.COSINE) {
      tensors.put(COSINE, cosine);
    }
    return tensors;
  }

  /** Whether a tokenizer's tensors, by name, are compared by their angle. */
  public static boolean comparesAngles(Map<String, Tensor> weights) {
    return weights.containsKey(COSINE);
  }

  Codebook codebook() {
    return codebook;
  }

  /** What moves the codes from now on. */
  void codeUpdate(CodeSettings.Update value) {
    codeUpdate = value;
  }

  /** What the losses are from now on. */
  public void objective(TokenizerObjective value) {
    objective = value;
  }

  /** Adds the perceptual term to the losses from now on; the caller closes it. */
  public void perceptualLoss(Lpips value) {
    lpips = Optional.of(value);
  }

  /**
   * Latents before quantisation, without gradients, in one pass.
   *
   * @param frames uint8 [n, 84, 84]
   * @return fp32 [n, embeddingDim, 6, 6], channels last in memory; of length 1 where codes are
   *     compared by their angle
   */
  public Tensor encode(Tensor frames) {
    return encode(frames, NO_GAMES);
  }

  /**
   * As {@link #encode(Tensor)}.
   *
   * @param games id of each frame's game, or of all
   */
  public Tensor encode(Tensor frames, int[] games) {
    return StepScope.withoutGradients(() -> latents(pass(false), input(frames, games)).value());
  }

  @Override
  public FrameTokenizer forGame(int game) {
    if (backgrounds.isEmpty()) {
      return this;
    }
    try (StepScope scope = StepScope.inference()) {
      backgrounds.get().of(game);
    }
    return new TokenizerForGame(this, game);
  }

  @Override
  public Tensor tokens(Tensor frames) {
    return tokens(frames, NO_GAMES);
  }

  /** Tokens of frames of these games, or of one. */
  Tensor tokens(Tensor frames, int[] games) {
    Tensor tokens =
        compute.device().empty(ScalarType.Long, frames.size(0), TokenizerConfig.TOKENS_PER_FRAME);
    inPasses(
        frames.size(0),
        (start, count) -> {
          Tensor nearest = codebook.tokens(encode(frames.narrow(0, start, count), games));
          tokens.narrow(0, start, count).copy_(nearest.view(count, -1));
        });
    return tokens;
  }

  @Override
  public Tensor decode(Tensor tokens) {
    return decode(tokens, NO_GAMES);
  }

  /** Frames of tokens, of these games, or of one. */
  Tensor decode(Tensor tokens, int[] games) {
    Tensor frames = compute.device().empty(ScalarType.Float, tokens.size(0), 1, SIZE, SIZE);
    inPasses(
        tokens.size(0),
        (start, count) -> {
          Node codes = new Node(codeVectors(tokens.narrow(0, start, count)));
          Tensor decoded = onBackground(decoded(pass(false), codes).value(), games);
          frames.narrow(0, start, count).copy_(decoded.add(new Scalar(1)).div(new Scalar(2)));
        });
    return frames;
  }

  /**
   * What the reference trains on for imagined frames: it draws them as pixels of 0 to 255 and reads
   * those as if they were 0 to 1 (spec section 4.1). For comparison only.
   *
   * @param tokens int64 [n, 36]
   * @return int64 [n, 36]
   * @throws InvalidInputException if this tokenizer knows backgrounds, which the reference doesn't
   */
  public Tensor misread(Tensor tokens) {
    if (backgrounds.isPresent()) {
      throw new InvalidInputException(
          "world.imagination.mode is reference, but this tokenizer draws differences to a background, which the reference can't: set it to repaired");
    }
    Tensor misread =
        compute.device().empty(ScalarType.Long, tokens.size(0), TokenizerConfig.TOKENS_PER_FRAME);
    Tensor drawn = decode(tokens);
    drawn = torch.clamp_max(torch.clamp_min(drawn, new Scalar(0)), new Scalar(1));
    Tensor pixels = drawn.mul(new Scalar(255)).trunc();
    inPasses(
        tokens.size(0),
        (start, count) -> {
          Tensor input = channelsLast(pixels.narrow(0, start, count).mul(new Scalar(2)));
          input.sub_(new Scalar(1));
          Tensor nearest =
              codebook.tokens(
                  StepScope.withoutGradients(() -> latents(pass(false), input).value()));
          misread.narrow(0, start, count).copy_(nearest.view(count, -1));
        });
    return misread;
  }

  /**
   * Code vectors of tokens on the grid, without gradients.
   *
   * @param tokens int64 [n, 36]
   * @return fp32 [n, embeddingDim, 6, 6]
   */
  public Tensor codeVectors(Tensor tokens) {
    return StepScope.withoutGradients(() -> codebook.vectors(compute.device().put(tokens)));
  }

  /**
   * Adds the gradients of these frames' losses to the gradient buffer, in passes of bounded size.
   *
   * @param frames uint8 [n, 84, 84]
   * @param globalFrameCount frames of the whole batch, over all ranks
   * @param use is told the chosen codes
   * @return each frame's share of the losses
   */
  public List<TokenizerLosses> accumulateGradients(
      Tensor frames, long globalFrameCount, CodeChoices use) {
    return losses(frames, NO_GAMES, globalFrameCount, use, true);
  }

  /**
   * As {@link #accumulateGradients(Tensor, long, CodebookUse)}.
   *
   * @param games id of each frame's game
   */
  public List<TokenizerLosses> accumulateGradients(
      Tensor frames, int[] games, long globalFrameCount, CodeChoices use) {
    return losses(frames, games, globalFrameCount, use, true);
  }

  /**
   * The losses of any number of frames without gradients, for held-out data.
   *
   * @param frames uint8 [n, 84, 84]
   * @param globalFrameCount frames of the whole batch, over all ranks
   * @param use is told the chosen codes
   * @return each frame's share of the losses
   */
  public List<TokenizerLosses> evaluate(Tensor frames, long globalFrameCount, CodeChoices use) {
    return losses(frames, NO_GAMES, globalFrameCount, use, false);
  }

  /**
   * As {@link #evaluate(Tensor, long, CodebookUse)}.
   *
   * @param games id of each frame's game
   */
  public List<TokenizerLosses> evaluate(
      Tensor frames, int[] games, long globalFrameCount, CodeChoices use) {
    return losses(frames, games, globalFrameCount, use, false);
  }

  @Override
  public int codebookSize() {
    return config.codebookSize();
  }

  @Override
  public Tensor features() {
    return codebook.codes();
  }

  @Override
  public String hash() {
    return FrameTokenizer.hash(tensors());
  }

  @Override
  public void close() {
    products.close();
    parameters.close();
    backgrounds.ifPresent(Backgrounds::close);
    Tensors.release(cosine);
  }

  private Pass pass(boolean recorded) {
    products.refresh();
    return recorded ? Pass.recorded(convolutions) : Pass.forwardOnly(convolutions);
  }

  /**
   * A recorded pass over frames, kept for its values.
   *
   * @param frames uint8 [n, 84, 84]
   */
  TokenizerStages stages(Tensor frames) {
    Pass pass = pass(true);
    Node level0 = encoder.level0(pass, preprocess(frames));
    Node down0 = encoder.downsample(pass, 0, level0);
    Node level1 = encoder.level1(pass, down0);
    Node down1 = encoder.downsample(pass, 1, level1);
    Node latents = latents(pass, preprocess(frames));
    Node quantised = codebook.quantise(pass, latents, perLatent(1), 1, codeUpdate).output();
    return new TokenizerStages(
        level0.value(),
        down0.value(),
        level1.value(),
        down1.value(),
        decoded(pass, quantised).value());
  }

  /** uint8 [n, 84, 84] to fp32 [n, 1, 84, 84] in [-1, 1], channels last. */
  private Tensor preprocess(Tensor frames) {
    if (frames.dim() != 3 || frames.size(1) != SIZE || frames.size(2) != SIZE) {
      throw new IllegalArgumentException(
          "Expected frames [n, 84, 84], found " + Arrays.toString(frames.shape()));
    }
    Tensor pixels =
        compute.device().put(frames).to(ScalarType.Float).div_(new Scalar(255)).mul_(new Scalar(2));
    return channelsLast(pixels.sub_(new Scalar(1)));
  }

  /** Strides that say channels last: with one channel both layouts are the same memory. */
  private static Tensor channelsLast(Tensor pixels) {
    return pixels.as_strided(
        new long[] {pixels.size(0), 1, SIZE, SIZE}, new long[] {PIXELS, 1, SIZE, 1});
  }

  /** What the encoder sees: frames, less their games' backgrounds where it knows them. */
  private Tensor input(Tensor frames, int[] games) {
    Tensor pixels = preprocess(frames);
    return backgrounds.isEmpty() ? pixels : pixels.sub_(background(games, frames.size(0)));
  }

  /** What the decoder drew, with the games' backgrounds where it knows them. */
  private Tensor onBackground(Tensor drawn, int[] games) {
    return backgrounds.isEmpty() ? drawn : drawn.add(background(games, drawn.size(0)));
  }

  /** fp32 [n or 1, 1, 84, 84]: one game stands for all frames. */
  private Tensor background(int[] games, long n) {
    if (games.length != 1 && games.length != n) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "This tokenizer knows backgrounds: tell it the games of its %d frames, not %d",
              n,
              games.length));
    }
    return preprocess(backgrounds.orElseThrow().of(games));
  }

  private List<TokenizerLosses> losses(
      Tensor frames, int[] games, long globalFrameCount, CodeChoices use, boolean gradients) {
    List<TokenizerLosses> losses = new ArrayList<>();
    inPasses(
        frames.size(0),
        (start, count) -> {
          Tensor part = frames.narrow(0, start, count);
          int[] partGames =
              games.length <= 1
                  ? games
                  : Arrays.copyOfRange(games, (int) start, (int) (start + count));
          losses.addAll(passLosses(part, partGames, globalFrameCount, use, gradients));
        });
    return losses;
  }

  private List<TokenizerLosses> passLosses(
      Tensor frames, int[] games, long globalFrameCount, CodeChoices use, boolean gradients) {
    Pass pass = pass(gradients);
    Tensor input = input(frames, games);
    double perLatent = perLatent(globalFrameCount);
    Codebook.Quantised quantised =
        codebook.quantise(
            pass, latents(pass, input), perLatent, objective.commitment(), codeUpdate);
    Node decoded = decoded(pass, quantised.output());

    double perPixel = 1.0 / ((double) globalFrameCount * PIXELS);
    ReconstructionTerms terms =
        ReconstructionTerms.of(objective, decoded.value().sub(input), input);
    Tensor reconstruction = terms.sums();
    Tensor perceptual = torch.zeros_like(reconstruction);
    Tensor gradient = terms.gradient().mul_(new Scalar(perPixel));
    if (lpips.isPresent()) {
      Lpips.Gradient part =
          lpips.get().gradient(onBackground(input, games), onBackground(decoded.value(), games));
      perceptual = part.distances();
      gradient.add_(part.gradient(), new Scalar(1.0 / globalFrameCount));
    }
    if (gradients) {
      pass.backward(decoded, gradient);
      products.collectGradients();
    }
    // Last, because it waits for the device.
    use.add(quantised.tokens(), quantised.latents());
    float[] figures =
        Tensors.floats(
            torch.cat(new TensorVector(reconstruction, quantised.distances(), perceptual), 0));
    int count = figures.length / 3;
    List<TokenizerLosses> losses = new ArrayList<>();
    for (int frame = 0; frame < count; frame++) {
      // Codebook and commitment term differ only in what they move.
      double distance = figures[count + frame] * perLatent;
      losses.add(
          new TokenizerLosses(
              figures[frame] * perPixel,
              distance,
              distance * objective.commitment(),
              (double) figures[2 * count + frame] / globalFrameCount));
    }
    return losses;
  }

  private double perLatent(long globalFrameCount) {
    return 1 / (globalFrameCount * ((double) GRID * GRID * config.embeddingDim()));
  }

  private Node latents(Pass pass, Tensor pixels) {
    Node latents = pass.convolve(encoder.apply(pass, pixels), preQuantiser);
    return config.distance() == CodeDistance.COSINE
        ? pass.differentiated(latents, Codebook::ofLength1)
        : latents;
  }

  private Node decoded(Pass pass, Node codes) {
    return decoder.apply(pass, pass.convolve(codes, postQuantiser));
  }

  private interface PassBody {
    void run(long start, long count);
  }

  /** Cuts n frames into passes, each in a scope of its own without autograd. */
  private void inPasses(long n, PassBody body) {
    int frames = compute.device().isCpu() ? PASS_FRAMES_ON_CPU : PASS_FRAMES;
    for (long start = 0; start < n; start += frames) {
      try (StepScope scope = StepScope.inference()) {
        body.run(start, Math.min(frames, n - start));
      }
    }
  }

  private static TokenizerConfig configOf(Safetensors weights) {
    Tensor input = weights.tensor("encoder.conv_in.weight");
    Tensor output = weights.tensor("encoder.conv_out.weight");
    Tensor codes = weights.tensor(CODES);
    if (input.dim() != 4 || output.dim() != 4 || codes.dim() != 2) {
      throw new InvalidInputException(
          weights.source() + " doesn't hold a tokenizer's weights: use another file");
    }
    return new TokenizerConfig(
        Math.toIntExact(input.size(0)),
        Math.toIntExact(output.size(0)),
        Math.toIntExact(codes.size(1)),
        Math.toIntExact(codes.size(0)),
        comparesAngles(weights.tensors()) ? CodeDistance.COSINE : CodeDistance.EUCLIDEAN);
  }
}
