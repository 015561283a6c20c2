package org.jowa.model.tokenizer;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.settings.CodeDistance;
import org.jowa.model.settings.CodeSettings;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerObjective;
import org.jowa.model.torch.Compute;
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
public final class Tokenizer implements FrameTokenizer {
  private static final int SIZE = TokenizerConfig.FRAME_SIZE;
  private static final String LPIPS_PREFIX = "lpips.";

  private static final int[] NO_GAMES = {};

  private final TokenizerConfig config;
  private final FlatParameters parameters;
  private final Compute compute;
  private final TokenizerNetwork network;
  private final FramePixels pixels;

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
    this.parameters = parameters;
    this.compute = compute;
    network = new TokenizerNetwork(config, parameters, compute);
    pixels = new FramePixels(compute.device(), backgrounds);
    try (StepScope scope = StepScope.inference()) {
      cosine = Tensors.keep(Tensors.of(new byte[] {1}, 1));
    }
  }

  /** A tokenizer in fp32 on the CPU; see {@link #create(TokenizerConfig, long, Compute)}. */
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
        Tensor codes = parameters.get(TokenizerNetwork.CODES);
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
   * Loads weights, to compute with in fp32 on the CPU; the sizes follow from the tensors' shapes.
   * LPIPS weights among them are ignored.
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
    TokenizerConfig config = TokenizerWeights.configOf(weights);
    Map<String, Tensor> own = new LinkedHashMap<>(weights.tensors());
    own.keySet()
        .removeIf(
            name ->
                name.startsWith(LPIPS_PREFIX)
                    || name.equals(TokenizerWeights.COSINE)
                    || Backgrounds.holds(name));
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
    pixels.backgrounds().ifPresent(known -> tensors.putAll(known.tensors()));
    if (config.distance() == CodeDistance.COSINE) {
      tensors.put(TokenizerWeights.COSINE, cosine);
    }
    return tensors;
  }

  /** Whether a tokenizer's tensors, by name, are compared by their angle. */
  public static boolean comparesAngles(Map<String, Tensor> weights) {
    return weights.containsKey(TokenizerWeights.COSINE);
  }

  Codebook codebook() {
    return network.codebook();
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
    return StepScope.withoutGradients(() -> latents(pixels.input(frames, games)));
  }

  @Override
  public FrameTokenizer forGame(int game) {
    if (pixels.backgrounds().isEmpty()) {
      return this;
    }
    try (StepScope scope = StepScope.inference()) {
      pixels.backgrounds().get().of(game);
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
    network.inPasses(
        frames.size(0),
        (start, count) -> {
          Tensor nearest = network.codebook().tokens(encode(frames.narrow(0, start, count), games));
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
    network.inPasses(
        tokens.size(0),
        (start, count) -> {
          Node codes = new Node(codeVectors(tokens.narrow(0, start, count)));
          Tensor decoded =
              pixels.onBackground(network.decoded(network.pass(false), codes).value(), games);
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
    if (pixels.backgrounds().isPresent()) {
      throw new InvalidInputException(
          "world.imagination.mode is reference, but this tokenizer draws differences to a"
              + " background, which the reference can't: set it to repaired");
    }
    Tensor misread =
        compute.device().empty(ScalarType.Long, tokens.size(0), TokenizerConfig.TOKENS_PER_FRAME);
    Tensor drawn = decode(tokens);
    drawn = torch.clamp_max(torch.clamp_min(drawn, new Scalar(0)), new Scalar(1));
    Tensor grays = drawn.mul(new Scalar(255)).trunc();
    network.inPasses(
        tokens.size(0),
        (start, count) -> {
          Tensor input = FramePixels.channelsLast(grays.narrow(0, start, count).mul(new Scalar(2)));
          input.sub_(new Scalar(1));
          Tensor nearest =
              network.codebook().tokens(StepScope.withoutGradients(() -> latents(input)));
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
    return StepScope.withoutGradients(
        () -> network.codebook().vectors(compute.device().put(tokens)));
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
    return passes().losses(frames, NO_GAMES, globalFrameCount, use, true);
  }

  /**
   * As {@link #accumulateGradients(Tensor, long, CodeChoices)}.
   *
   * @param games id of each frame's game
   */
  public List<TokenizerLosses> accumulateGradients(
      Tensor frames, int[] games, long globalFrameCount, CodeChoices use) {
    return passes().losses(frames, games, globalFrameCount, use, true);
  }

  /**
   * The losses of any number of frames without gradients, for held-out data.
   *
   * @param frames uint8 [n, 84, 84]
   * @param games id of each frame's game; none where the codes don't follow a background
   * @param globalFrameCount frames of the whole batch, over all ranks
   * @param use is told the chosen codes
   * @return each frame's share of the losses
   */
  public List<TokenizerLosses> evaluate(
      Tensor frames, int[] games, long globalFrameCount, CodeChoices use) {
    return passes().losses(frames, games, globalFrameCount, use, false);
  }

  @Override
  public int codebookSize() {
    return config.codebookSize();
  }

  @Override
  public Tensor features() {
    return network.codebook().codes();
  }

  @Override
  public String hash() {
    return FrameTokenizer.hash(tensors());
  }

  @Override
  public void close() {
    network.close();
    parameters.close();
    pixels.backgrounds().ifPresent(Backgrounds::close);
    Tensors.release(cosine);
  }

  private Tensor latents(Tensor input) {
    return network.latents(network.pass(false), input).value();
  }

  /**
   * The activations of a recorded pass over frames, kept for their values.
   *
   * @param frames uint8 [n, 84, 84]
   */
  TokenizerStages stages(Tensor frames) {
    return passes().stages(frames);
  }

  private TokenizerPasses passes() {
    return new TokenizerPasses(network, pixels, objective, codeUpdate, lpips);
  }
}
