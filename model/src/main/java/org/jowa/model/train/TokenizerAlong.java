package org.jowa.model.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.data.batch.FrameBatch;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.sample.KeyedHash;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.collective.Collective;
import org.jowa.model.optim.AdamW;
import org.jowa.model.optim.GroupSettings;
import org.jowa.model.settings.JointTokenizer;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.settings.WorldStage;
import org.jowa.model.tokenizer.CodebookUse;
import org.jowa.model.tokenizer.Lpips;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.tokenizer.TokenizerLosses;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * One rank's tokenizer that learns from the frames of the world-action model's batches, with a
 * loss, an optimizer and clipping of its own, and makes their tokens.
 */
final class TokenizerAlong implements AutoCloseable {
  /** Before the names of what its optimizer holds. */
  private static final String PREFIX = "tokenizer.";

  /** Sets its draws apart from whatever else follows from a run's seed. */
  private static final long DRAWS = 0x746f6b656e73L;

  // Sums over the frames of a step: four losses, then how often each code was chosen.
  private static final int RECONSTRUCTION = 0;
  private static final int CODEBOOK = 1;
  private static final int COMMITMENT = 2;
  private static final int PERCEPTUAL = 3;
  private static final int CHOSEN = 4;

  private final JointTokenizer plan;
  private final Collective collective;
  private final long seed;
  private final Tokenizer model;
  private final Optional<Lpips> lpips;
  private final AdamW optimizer;
  private final GradientSum gradients;

  /** Memory of the frames that were drawn, which a tensor shares. */
  private ByteBuffer drawn = ByteBuffer.allocateDirect(0);

  private long learnedIn = -1;
  private Map<String, Double> losses = Map.of();

  private TokenizerAlong(
      JointTokenizer plan, TrainContext context, Tokenizer model, Optional<Lpips> lpips) {
    TokenizerSettings settings = plan.settings();
    this.plan = plan;
    this.collective = context.collective();
    this.seed = KeyedHash.derive(context.settings().seed(), DRAWS);
    this.model = model;
    this.lpips = lpips;
    model.objective(settings.objective());
    lpips.ifPresent(model::perceptualLoss);
    optimizer =
        AdamW.of(
            model.parameters(),
            Map.of(ParameterGroup.NO_DECAY, new GroupSettings(settings.learningRate(), 0)));
    gradients =
        new GradientSum(
            collective,
            model.parameters().gradients(),
            context.settings().gradients().bucketElements(),
            /* overlap= */ false);
  }

  static TokenizerAlong create(TrainContext context, JointTokenizer plan) {
    TokenizerSettings settings = plan.settings();
    Device device = context.device();
    Optional<Lpips> lpips =
        settings.perceptualWeights().map(file -> Lpips.load(Path.of(file), device));
    Compute compute = new Compute(device, settings.precision());
    Tokenizer model = Tokenizer.create(settings.model(), context.settings().seed(), compute);
    TokenizerAlong along = new TokenizerAlong(plan, context, model, lpips);
    plan.start()
        .ifPresent(
            uri -> {
              try (Safetensors start = CheckpointStore.read(uri, context.hadoop()).tokenizer()) {
                along.load(start);
              }
            });
    return along;
  }

  /**
   * Takes a step on frames of all ranks' batches: all of them if they are no more than the
   * tokenizer's batch size, else as many, drawn with replacement. Padding counts as frames, as in
   * the reference. Does nothing in stages in which it rests, or when asked again in a step.
   *
   * @param step of the run, which decides what is drawn
   * @param batch this rank's share, with frames
   * @param sequences in all ranks
   * @throws DivergedException on all ranks if a loss or gradient isn't finite
   */
  void learn(long step, WorldStage stage, SequenceBatch batch, int sequences) {
    if (!plan.learnsIn(stage)) {
      losses = Map.of();
      return;
    }
    if (step == learnedIn) {
      return;
    }
    int[] places = places(step, batch, sequences);
    long frames = Math.min(plan.settings().batchSize(), (long) sequences * batch.steps);
    model.parameters().zeroGradients();
    double[] sums = accumulate(batch, places, frames);
    collective.allReduceSum(sums);
    requireFinite(step, "loss", Arrays.stream(sums, 0, CHOSEN).sum());
    gradients.begin(optimizer.learning());
    gradients.finish();
    double norm = optimizer.gradientNorm();
    requireFinite(step, "gradient's norm", norm);
    double clip = plan.settings().clipNorm();
    optimizer.step(norm, clip > 0 ? clip : Double.POSITIVE_INFINITY);
    learnedIn = step;
    losses = losses(sums);
  }

  /** Which of this rank's frames are learned from, by place in its batch. */
  private int[] places(long step, SequenceBatch batch, int sequences) {
    long all = (long) sequences * batch.steps;
    int drawn = plan.settings().batchSize();
    if (all <= drawn) {
      return IntStream.range(0, batch.size * batch.steps).toArray();
    }
    long key = KeyedHash.derive(seed, step);
    int ranks = collective.worldSize();
    return IntStream.range(0, drawn)
        .mapToLong(draw -> KeyedHash.bounded(KeyedHash.derive(key, draw), all))
        .filter(frame -> frame / batch.steps % ranks == collective.rank())
        .mapToInt(frame -> (int) (frame / batch.steps / ranks * batch.steps + frame % batch.steps))
        .toArray();
  }

  private double[] accumulate(SequenceBatch batch, int[] places, long frames) {
    CodebookUse use = CodebookUse.of(plan.settings().model());
    double[] sums = new double[CHOSEN + plan.settings().model().codebookSize()];
    if (places.length > 0) {
      int[] games = IntStream.of(places).map(place -> batch.games[place / batch.steps]).toArray();
      try (StepScope scope = StepScope.inference()) {
        gather(batch, places);
        Tensor read = tensor(places.length, drawn);
        for (TokenizerLosses frame : model.accumulateGradients(read, games, frames, use)) {
          sums[RECONSTRUCTION] += frame.reconstruction();
          sums[CODEBOOK] += frame.codebook();
          sums[COMMITMENT] += frame.commitment();
          sums[PERCEPTUAL] += frame.perceptual();
        }
      }
    }
    long[] chosen = use.counts();
    for (int code = 0; code < chosen.length; code++) {
      sums[CHOSEN + code] = chosen[code];
    }
    return sums;
  }

  private void gather(SequenceBatch batch, int[] places) {
    int bytes = Math.multiplyExact(places.length, FrameBatch.FRAME_BYTES);
    if (drawn.capacity() < bytes) {
      drawn = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
    for (int i = 0; i < places.length; i++) {
      int from = places[i] * FrameBatch.FRAME_BYTES;
      drawn.put(i * FrameBatch.FRAME_BYTES, batch.frames, from, FrameBatch.FRAME_BYTES);
    }
  }

  private static Tensor tensor(int count, ByteBuffer frames) {
    return Tensors.shared(
        ScalarType.Byte, frames, count, FrameBatch.FRAME_EDGE, FrameBatch.FRAME_EDGE);
  }

  private void requireFinite(long step, String what, double value) {
    if (!Double.isFinite(value)) {
      throw new DivergedException(
          String.format(
              Locale.ROOT,
              "Training stopped at step %d: the tokenizer's %s is %s; lower"
                  + " tokenizer.learning-rate, or train it first, with %s=none",
              step + 1,
              what,
              value,
              JointTokenizer.KEY));
    }
  }

  /** Makes a batch's tokens from its frames; padding keeps token 0, as in data sets of tokens. */
  void putTokens(SequenceBatch batch) {
    int frames = batch.size * batch.steps;
    if (frames == 0) {
      return;
    }
    try (StepScope scope = StepScope.inference()) {
      long[] tokens = Tensors.longs(model.tokens(tensor(frames, batch.frames)));
      for (int i = 0; i < tokens.length; i++) {
        boolean real = batch.mask[i / TokenizerConfig.TOKENS_PER_FRAME] != 0;
        batch.tokens[i] = real ? (int) tokens[i] : 0;
      }
    }
  }

  /** Mean losses of the newest step, by their names in metrics; none where it rests. */
  Map<String, Double> losses() {
    return losses;
  }

  private Map<String, Double> losses(double[] sums) {
    Map<String, Double> named = new LinkedHashMap<>();
    named.put("tokenizerReconstruction", sums[RECONSTRUCTION]);
    named.put("tokenizerCodebook", sums[CODEBOOK]);
    named.put("tokenizerCommitment", sums[COMMITMENT]);
    if (lpips.isPresent()) {
      named.put("tokenizerPerceptual", sums[PERCEPTUAL]);
    }
    CodebookUse use = CodebookUse.of(plan.settings().model());
    use.add(Arrays.stream(sums, CHOSEN, sums.length).mapToLong(count -> (long) count).toArray());
    named.put("tokenizerCodebookUse", use.fraction());
    return named;
  }

  /** Its weights, as a file of them has them. */
  Map<String, Tensor> tensors() {
    return model.tensors();
  }

  /** What its optimizer holds, under names that nothing else in a checkpoint has. */
  Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    optimizer.state().forEach((name, tensor) -> state.put(PREFIX + name, tensor));
    return state;
  }

  void load(Safetensors weights) {
    model.parameters().copyFrom(weights, Strictness.EXACT);
  }

  void loadState(Safetensors file) {
    Map<String, Tensor> own = new LinkedHashMap<>();
    file.tensors()
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(PREFIX)) {
                own.put(name.substring(PREFIX.length()), tensor);
              }
            });
    optimizer.load(own, file.source());
  }

  @Override
  public void close() {
    gradients.close();
    optimizer.close();
    model.close();
    lpips.ifPresent(Lpips::close);
  }
}
