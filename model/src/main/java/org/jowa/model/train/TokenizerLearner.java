package org.jowa.model.train;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.data.batch.FrameBatch;
import org.jowa.data.batch.FrameSource;
import org.jowa.env.game.Games;
import org.jowa.model.collective.Collective;
import org.jowa.model.optim.AdamW;
import org.jowa.model.optim.GroupSettings;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.tokenizer.Backgrounds;
import org.jowa.model.tokenizer.CodeTraining;
import org.jowa.model.tokenizer.CodebookUse;
import org.jowa.model.tokenizer.Lpips;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.tokenizer.TokenizerLosses;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * The tokenizer in the training loop. Its sums hold, for each game, the frames and four losses
 * summed over frames, then how often each code was chosen, then in training what moves codes.
 */
final class TokenizerLearner implements Learner {
  static final String STAGE = "tokenizer";

  /** Figures of a game: frames, reconstruction, codebook, commitment, perceptual. */
  private static final int FIGURES = 5;

  private static final int CODES_AT = Games.COUNT * FIGURES;

  private final TokenizerSettings settings;
  private final FrameSource batches;
  private final Optional<FrameSource> heldOut;
  private final Tokenizer model;
  private final Optional<Lpips> lpips;
  private final AdamW optimizer;
  private final CodeTraining codes;

  /** What was read last. */
  private Optional<FrameBatch> share = Optional.empty();

  private TokenizerLearner(
      TokenizerSettings settings,
      FrameSource batches,
      Optional<FrameSource> heldOut,
      Tokenizer model,
      Optional<Lpips> lpips,
      long seed) {
    this.settings = settings;
    this.batches = batches;
    this.heldOut = heldOut;
    this.model = model;
    this.lpips = lpips;
    model.objective(settings.objective());
    lpips.ifPresent(model::perceptualLoss);
    optimizer =
        AdamW.of(
            model.parameters(),
            Map.of(ParameterGroup.NO_DECAY, new GroupSettings(settings.learningRate(), 0)));
    codes = CodeTraining.of(model, settings.codes(), seed, settings.batchSize());
  }

  static TokenizerLearner create(
      TrainContext context,
      TokenizerSettings settings,
      FrameSource batches,
      Optional<FrameSource> heldOut,
      Map<Integer, byte[]> backgrounds) {
    Device device = context.device();
    Optional<Lpips> lpips =
        settings.perceptualWeights().map(file -> Lpips.load(Path.of(file), device));
    Compute compute = new Compute(device, settings.precision());
    Optional<Backgrounds> known =
        settings.background() == TokenizerSettings.Background.MEDIAN
            ? Optional.of(Backgrounds.of(backgrounds))
            : Optional.empty();
    long seed = context.settings().seed();
    Tokenizer model = Tokenizer.create(settings.model(), seed, compute, known);
    return new TokenizerLearner(settings, batches, heldOut, model, lpips, seed);
  }

  @Override
  public FlatParameters parameters() {
    return model.parameters();
  }

  @Override
  public Map<String, Tensor> modelTensors() {
    return model.tensors();
  }

  /** Backgrounds are made of the same data again, so only weights are taken over. */
  @Override
  public void loadModel(Safetensors file) {
    Map<String, Tensor> weights = new LinkedHashMap<>(file.tensors());
    weights.keySet().retainAll(model.parameters().tensors().keySet());
    model.parameters().copyFrom(weights, FlatParameters.Strictness.EXACT, file.source());
  }

  @Override
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>(optimizer.state());
    state.putAll(codes.state());
    return state;
  }

  @Override
  public void loadState(Safetensors state) {
    optimizer.load(state);
    codes.load(state);
  }

  @Override
  public AdamW optimizer() {
    return optimizer;
  }

  @Override
  public long totalSteps() {
    return settings.steps();
  }

  @Override
  public double clipNorm() {
    return settings.clipNorm();
  }

  @Override
  public String stage(long step) {
    return STAGE;
  }

  /** Finds the codes' first places, if they are to be where the first batches' latents are. */
  @Override
  public void begin(Collective collective) {
    int frames = codes.startFrames();
    if (frames == 0) {
      return;
    }
    int width = settings.model().embeddingDim();
    int latentsOfFrame = TokenizerConfig.TOKENS_PER_FRAME * width;
    float[] latents = new float[frames * latentsOfFrame];
    for (int first = 0; first < frames; first += settings.batchSize()) {
      double[] whole = latents(first, latentsOfFrame);
      collective.allReduceSum(whole);
      for (int i = 0; i < whole.length; i++) {
        latents[first * latentsOfFrame + i] = (float) whole[i];
      }
    }
    try (StepScope scope = StepScope.inference()) {
      codes.start(Tensors.of(latents, latents.length / width, width));
    }
  }

  /** This rank's latents in their places among those of the batch that begins with a frame. */
  private double[] latents(int firstFrame, int latentsOfFrame) {
    double[] whole = new double[settings.batchSize() * latentsOfFrame];
    FrameBatch share = batches.batch(firstFrame / settings.batchSize());
    if (share.size > 0) {
      try (StepScope scope = StepScope.inference()) {
        Tensor encoded = model.encode(tensor(share), share.games);
        float[] own = Tensors.floats(encoded.permute(0, 2, 3, 1).reshape(-1));
        for (int frame = 0; frame < share.size; frame++) {
          int at = (int) (share.sampleIndex[frame] - firstFrame) * latentsOfFrame;
          for (int i = 0; i < latentsOfFrame; i++) {
            whole[at + i] = own[frame * latentsOfFrame + i];
          }
        }
      }
    }
    return whole;
  }

  @Override
  public Optional<String> weightsImported(Optional<Long> seed) {
    codes.restart();
    return Optional.empty();
  }

  @Override
  public void prepare(long step) {}

  @Override
  public double[] read(long step) {
    FrameBatch batch = batches.batch(step);
    share = Optional.of(batch);
    return new double[] {batch.size};
  }

  @Override
  public double[] accumulate(long step, double[] counts, Consumer<Range> complete) {
    FrameBatch batch = share.orElseThrow();
    long frames = (long) counts[0];
    double[] figures = new double[codes.figureCount()];
    double[] sums =
        byGame(
            batch,
            (tensor, use) -> {
              CodeTraining.Share followed = codes.follow(step, batch.sampleIndex, use);
              List<TokenizerLosses> losses =
                  model.accumulateGradients(tensor, batch.games, frames, followed.choices());
              System.arraycopy(followed.figures(), 0, figures, 0, figures.length);
              return losses;
            },
            frames);
    double[] all = Arrays.copyOf(sums, sums.length + figures.length);
    System.arraycopy(figures, 0, all, sums.length, figures.length);
    return all;
  }

  @Override
  public double[] heldOut(long index, long step) {
    FrameBatch heldOutBatch = heldOut.orElseThrow().batch(index);
    return byGame(
        heldOutBatch, (tensor, use) -> model.evaluate(tensor, heldOutBatch.games, 1, use), 1);
  }

  private interface Pass {
    List<TokenizerLosses> run(Tensor frames, CodebookUse use);
  }

  /** Runs all frames at once and adds their losses up by game. */
  private double[] byGame(FrameBatch frames, Pass pass, long divisor) {
    double[] sums = new double[CODES_AT + settings.model().codebookSize()];
    CodebookUse use = CodebookUse.of(settings.model());
    if (frames.size > 0) {
      try (StepScope scope = StepScope.inference()) {
        List<TokenizerLosses> losses = pass.run(tensor(frames), use);
        for (int frame = 0; frame < frames.size; frame++) {
          TokenizerLosses loss = losses.get(frame);
          int at = frames.games[frame] * FIGURES;
          sums[at]++;
          sums[at + 1] += loss.reconstruction() * divisor;
          sums[at + 2] += loss.codebook() * divisor;
          sums[at + 3] += loss.commitment() * divisor;
          sums[at + 4] += loss.perceptual() * divisor;
        }
      }
    }
    long[] chosen = use.counts();
    for (int code = 0; code < chosen.length; code++) {
      sums[CODES_AT + code] = chosen[code];
    }
    return sums;
  }

  /** The frames as uint8 [size, 84, 84], in the memory that the loader decoded them into. */
  private static Tensor tensor(FrameBatch frames) {
    return Tensors.shared(
        ScalarType.Byte, frames.frames, frames.size, FrameBatch.FRAME_EDGE, FrameBatch.FRAME_EDGE);
  }

  @Override
  public BatchDescription batch() {
    FrameBatch batch = share.orElseThrow();
    return new BatchDescription(batch.sampleIndex, batch.games);
  }

  @Override
  public void updated(long step, double[] sums) {
    int end = CODES_AT + settings.model().codebookSize();
    codes.updated(chosen(sums), Arrays.copyOfRange(sums, end, sums.length));
  }

  private long[] chosen(double[] sums) {
    long[] chosen = new long[settings.model().codebookSize()];
    Arrays.setAll(chosen, code -> (long) sums[CODES_AT + code]);
    return chosen;
  }

  @Override
  public long heldOutBatches() {
    return heldOut.map(FrameSource::batches).orElse(0L);
  }

  @Override
  public Map<String, Double> losses(long step, double[] sums) {
    Map<String, Double> named = named(sums, 0, Games.COUNT);
    CodebookUse use = CodebookUse.of(settings.model());
    use.add(chosen(sums));
    named.put("codebookUse", use.fraction());
    named.put("codebookPerplexity", use.perplexity());
    return named;
  }

  @Override
  public Optional<String> atBaseline(long step, Map<String, Double> heldOut) {
    return Baselines.isLate(step, settings.steps())
        ? Baselines.ofTokenizer(heldOut)
        : Optional.empty();
  }

  @Override
  public Map<String, Map<String, Double>> gameLosses(long step, double[] sums) {
    Map<String, Map<String, Double>> games = new LinkedHashMap<>();
    for (int game = 0; game < Games.COUNT; game++) {
      if (sums[game * FIGURES] > 0) {
        games.put(Games.byId(game).name(), named(sums, game, game + 1));
      }
    }
    return games;
  }

  private Map<String, Double> named(double[] sums, int fromGame, int toGame) {
    double[] totals = new double[FIGURES];
    for (int game = fromGame; game < toGame; game++) {
      for (int figure = 0; figure < FIGURES; figure++) {
        totals[figure] += sums[game * FIGURES + figure];
      }
    }
    double frames = totals[0];
    Map<String, Double> named = new LinkedHashMap<>();
    named.put("reconstruction", totals[1] / frames);
    named.put("codebook", totals[2] / frames);
    named.put("commitment", totals[3] / frames);
    if (lpips.isPresent()) {
      named.put("perceptual", totals[4] / frames);
    }
    named.put("total", (totals[1] + totals[2] + totals[3] + totals[4]) / frames);
    return named;
  }

  @Override
  public Map<String, Double> unitsPerStep(long step) {
    return Map.of("framesPerSecond", (double) settings.batchSize());
  }

  @Override
  public Map<String, Long> counters() {
    return Map.of();
  }

  @Override
  public void restore(Map<String, Long> counters) {}

  @Override
  public void close() {
    optimizer.close();
    model.close();
    lpips.ifPresent(Lpips::close);
  }
}
