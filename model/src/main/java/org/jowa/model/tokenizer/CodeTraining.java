package org.jowa.model.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.settings.CodeDistance;
import org.jowa.model.settings.CodeSettings;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * What moves a tokenizer's codes beside the optimizer: running means of latents, revival of codes
 * that nothing chooses, a start at the latents there are. All ranks make the same moves, because
 * they make them of figures of the whole batch and of draws that are functions of seed and step.
 *
 * <p>Source: Micheli et al., "Efficient world models with context-aware tokenization" (delta-IRIS),
 * 2024, has all of them together.
 */
public final class CodeTraining {
  private static final String COUNTS = "codes.counts";
  private static final String SUMS = "codes.sums";
  private static final int CELLS = TokenizerConfig.TOKENS_PER_FRAME;
  private static final String START_SITE = "codes.start";
  private static final int FRAME_SITE = 0;
  private static final int CELL_SITE = 1;

  /** Latents that a code's first place is found from. */
  private static final int START_LATENTS = 16;

  private final Tokenizer model;
  private final CodeSettings settings;
  private final long seed;
  private final int batchSize;
  private final int size;
  private final int width;

  /** Running mean of how often a code is chosen in a step, [codebookSize]. */
  private final double[] counts;

  /** Running mean of the sum of the latents that choose it, [codebookSize * embeddingDim]. */
  private final double[] sums;

  private CodeTraining(Tokenizer model, CodeSettings settings, long seed, int batchSize) {
    this.model = model;
    this.settings = settings;
    this.seed = seed;
    this.batchSize = batchSize;
    size = model.config().codebookSize();
    width = model.config().embeddingDim();
    counts = new double[size];
    sums = new double[settings.followsLatents() ? size * width : 0];
    restart();
  }

  /**
   * Tells the model what moves its codes.
   *
   * @param seed of the run
   * @param batchSize frames of a step, over all ranks
   */
  public static CodeTraining of(Tokenizer model, CodeSettings settings, long seed, int batchSize) {
    model.codeUpdate(settings.update());
    return new CodeTraining(model, settings, seed, batchSize);
  }

  /** Figures of a step that {@link #updated} wants, beside how often each code was chosen. */
  public int figureCount() {
    return sums.length;
  }

  /** Frames of whole batches that the codes' start is found from; 0 if it isn't found from any. */
  public int startFrames() {
    if (settings.start() == CodeSettings.Start.RANDOM) {
      return 0;
    }
    int batches = (START_LATENTS * size + CELLS * batchSize - 1) / (CELLS * batchSize);
    return batches * batchSize;
  }

  /**
   * Puts the codes where latents are.
   *
   * @param latents fp32 [m, embeddingDim], the same on all ranks
   */
  public void start(Tensor latents) {
    try (StepScope scope = StepScope.inference()) {
      place(KMeans.centres(latents, size, FunctionalRandom.key(seed, START_SITE)));
    }
    restart();
  }

  /** Begins anew from the codes that the model has now, all equally much in use. */
  public void restart() {
    Arrays.fill(counts, meanCount());
    if (sums.length > 0) {
      float[] codes = codes();
      for (int i = 0; i < sums.length; i++) {
        sums[i] = meanCount() * codes[i];
      }
    }
  }

  private double meanCount() {
    return (double) batchSize * CELLS / size;
  }

  private boolean isDead(int code) {
    return counts[code] < settings.revival() * meanCount();
  }

  /**
   * Follows a step's share of the batch, within the caller's pointer scope.
   *
   * @param step steps done before it
   * @param sampleIndex of each frame of this rank's share
   * @param next is told the same choices
   */
  public Share follow(long step, long[] sampleIndex, CodeChoices next) {
    if (sums.length == 0) {
      return new Share(next, null);
    }
    CodeSums share = new CodeSums(model.codebook(), draws(step, sampleIndex), next);
    return new Share(share, share);
  }

  /** What a step's share of the batch is told to, and what it comes to. */
  public static final class Share {
    private final CodeChoices choices;
    private final @Nullable CodeSums sums;

    private Share(CodeChoices choices, @Nullable CodeSums sums) {
      this.choices = choices;
      this.sums = sums;
    }

    public CodeChoices choices() {
      return choices;
    }

    /** {@link #figureCount} figures, to be summed over ranks. */
    public double[] figures() {
      return sums == null ? new double[0] : sums.figures();
    }
  }

  private List<CodeSums.Draw> draws(long step, long[] sampleIndex) {
    Map<Long, Integer> shareOf = new HashMap<>();
    for (int frame = 0; frame < sampleIndex.length; frame++) {
      shareOf.put(sampleIndex[frame], frame);
    }
    List<CodeSums.Draw> draws = new ArrayList<>();
    for (int code = 0; code < size; code++) {
      if (isDead(code)) {
        double frame =
            FunctionalRandom.uniform(FunctionalRandom.key(seed, step, code, FRAME_SITE), 0);
        long sample = step * batchSize + (long) (frame * batchSize);
        double cell =
            FunctionalRandom.uniform(FunctionalRandom.key(seed, step, code, CELL_SITE), 0);
        draws.add(new CodeSums.Draw(code, shareOf.getOrDefault(sample, -1), cell));
      }
    }
    return draws;
  }

  /**
   * Moves the codes, after the optimizer's step.
   *
   * @param chosen how often each code was chosen, over all ranks
   * @param figures of {@link Share#figures}, summed over all ranks
   */
  public void updated(long[] chosen, double[] figures) {
    if (sums.length == 0 && model.config().distance() == CodeDistance.EUCLIDEAN) {
      return;
    }
    float[] codes = codes();
    for (int code = 0; code < size && sums.length > 0; code++) {
      if (isDead(code)) {
        revive(code, figures, codes);
      } else {
        follow(code, chosen[code], figures, codes);
      }
    }
    try (StepScope scope = StepScope.inference()) {
      place(Tensors.of(codes, size, width));
    }
  }

  private void revive(int code, double[] figures, float[] codes) {
    counts[code] = meanCount();
    for (int i = code * width; i < (code + 1) * width; i++) {
      sums[i] = meanCount() * figures[i];
      codes[i] = (float) figures[i];
    }
  }

  private void follow(int code, long chosen, double[] figures, float[] codes) {
    double decay = settings.decay();
    counts[code] = decay * counts[code] + (1 - decay) * chosen;
    for (int i = code * width; i < (code + 1) * width; i++) {
      sums[i] = decay * sums[i] + (1 - decay) * figures[i];
      // Where nothing chose it the mean is what it was.
      if (settings.update() == CodeSettings.Update.EMA && chosen > 0) {
        codes[i] = (float) (sums[i] / counts[code]);
      }
    }
  }

  private float[] codes() {
    return Tensors.floats(model.codebook().codes());
  }

  /** Gives the model its codes, of length 1 where it compares angles. */
  private void place(Tensor codes) {
    model
        .codebook()
        .codes()
        .copy_(
            model.config().distance() == CodeDistance.COSINE ? Codebook.ofLength1(codes) : codes);
    model.parameters().changed();
  }

  /**
   * What a checkpoint has to hold: {@code codes.counts} fp64 [codebookSize] and {@code codes.sums}
   * fp64 [codebookSize, embeddingDim], or nothing if the optimizer alone moves codes. The tensors
   * are the caller's to release.
   */
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    if (sums.length > 0) {
      state.put(COUNTS, Tensors.of(counts, size));
      state.put(SUMS, Tensors.of(sums, size, width));
    }
    return state;
  }

  /**
   * Takes over a state that {@link #state} gave.
   *
   * @throws InvalidInputException if it is of other codes
   */
  public void load(Safetensors file) {
    if (sums.length > 0) {
      load(file, COUNTS, counts);
      load(file, SUMS, sums);
    }
  }

  private static void load(Safetensors file, String name, double[] target) {
    Tensor tensor = file.tensors().get(name);
    if (tensor == null
        || tensor.scalar_type().intern() != ScalarType.Double
        || tensor.numel() != target.length) {
      throw new InvalidInputException(
          "%s holds no %s of %s numbers: use a checkpoint of this run's configuration"
              .formatted(file.source(), name, target.length));
    }
    try (StepScope scope = StepScope.inference()) {
      System.arraycopy(Tensors.doubles(tensor.view(-1)), 0, target, 0, target.length);
    }
  }
}
