package org.jowa.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.CodeDistance;
import org.jowa.model.settings.CodeSettings;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CodeTrainingTest {
  private static final int CODES = 4;
  private static final int WIDTH = 2;
  private static final int CELLS = TokenizerConfig.TOKENS_PER_FRAME;
  private static final int BATCH = 2;
  private static final CodeSettings EMA =
      new CodeSettings(CodeSettings.Update.EMA, 0.5, CodeSettings.Start.RANDOM, 0);

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  private static Tokenizer tokenizer(CodeDistance distance) {
    return Tokenizer.create(new TokenizerConfig(4, 8, WIDTH, CODES, distance), 4);
  }

  /** All latents of a frame at one place, chosen by one code. */
  private static void frame(CodeTraining.Share share, int code, float x, float y) {
    long[] tokens = new long[CELLS];
    Arrays.fill(tokens, code);
    float[] latents = new float[CELLS * WIDTH];
    for (int cell = 0; cell < CELLS; cell++) {
      latents[2 * cell] = x;
      latents[2 * cell + 1] = y;
    }
    share.choices().add(Tensors.of(tokens, CELLS), Tensors.of(latents, CELLS, WIDTH));
  }

  private static float[] codes(Tokenizer tokenizer) {
    return Tensors.floats(tokenizer.parameters().get("embedding.weight"));
  }

  @Test
  void aCodeIsTheRunningMeanOfTheLatentsThatChooseIt() {
    try (StepScope scope = StepScope.inference();
        Tokenizer tokenizer = tokenizer(CodeDistance.EUCLIDEAN)) {
      float[] before = codes(tokenizer);
      CodeTraining training = CodeTraining.of(tokenizer, EMA, 1, BATCH);
      for (int step = 0; step < 2; step++) {
        CodebookUse use = CodebookUse.of(tokenizer.config());
        CodeTraining.Share share = training.follow(step, new long[] {2 * step, 2 * step + 1}, use);
        frame(share, 1, 3, -1);
        frame(share, 2, step, 5);
        training.updated(use.counts(), share.figures());
      }
      float[] after = codes(tokenizer);
      // Each code was taken to be in use by 18 latents; 36 chose code 1 in each of the two steps.
      double count = 0.25 * 18 + 0.75 * 36;
      assertThat((double) after[2])
          .isCloseTo((0.25 * 18 * before[2] + 0.75 * 36 * 3) / count, within(1e-5));
      assertThat((double) after[4])
          .isCloseTo((0.25 * 18 * before[4] + 0.5 * 36 * 1) / count, within(1e-5));
      // Nothing chose codes 0 and 3.
      for (int i : new int[] {0, 1, 6, 7}) {
        assertThat(after[i]).isEqualTo(before[i]);
      }
    }
  }

  @Test
  void whatNothingChoosesIsPutOntoALatentThatIsFarFromItsCode() {
    CodeSettings settings =
        new CodeSettings(CodeSettings.Update.GRADIENT, 0.5, CodeSettings.Start.RANDOM, 0.4);
    try (StepScope scope = StepScope.inference();
        Tokenizer tokenizer = tokenizer(CodeDistance.EUCLIDEAN)) {
      float[] before = codes(tokenizer);
      CodeTraining training = CodeTraining.of(tokenizer, settings, 1, BATCH);
      for (int step = 0; step < 3; step++) {
        CodebookUse use = CodebookUse.of(tokenizer.config());
        CodeTraining.Share share = training.follow(step, new long[] {2 * step, 2 * step + 1}, use);
        // Half of the latents of both frames are where code 1 is, the others far from it.
        for (int frame = 0; frame < BATCH; frame++) {
          long[] tokens = new long[CELLS];
          Arrays.fill(tokens, 1);
          float[] latents = new float[CELLS * WIDTH];
          for (int cell = 0; cell < CELLS; cell++) {
            latents[2 * cell] = cell % 2 == 0 ? before[2] : 7;
            latents[2 * cell + 1] = cell % 2 == 0 ? before[3] : 8;
          }
          share.choices().add(Tensors.of(tokens, CELLS), Tensors.of(latents, CELLS, WIDTH));
        }
        training.updated(use.counts(), share.figures());
        // The use of the others falls from 18 to 9 and 4.5, below 0.4 of the mean.
        float[] after = codes(tokenizer);
        for (int code : new int[] {0, 2, 3}) {
          assertThat(Arrays.copyOfRange(after, 2 * code, 2 * code + 2))
              .containsExactly(
                  step < 2
                      ? Arrays.copyOfRange(before, 2 * code, 2 * code + 2)
                      : new float[] {7, 8});
        }
        assertThat(Arrays.copyOfRange(after, 2, 4))
            .containsExactly(Arrays.copyOfRange(before, 2, 4));
      }
    }
  }

  @Test
  void sharesAddUpToTheBatchWhateverRankHasAFrame() {
    CodeSettings settings =
        new CodeSettings(CodeSettings.Update.EMA, 0.5, CodeSettings.Start.RANDOM, 0.9);
    List<double[]> figures = new ArrayList<>();
    try (StepScope scope = StepScope.inference();
        Tokenizer tokenizer = tokenizer(CodeDistance.EUCLIDEAN)) {
      for (long[][] shares : new long[][][] {{{2, 3}}, {{3}, {2}}}) {
        CodeTraining training = CodeTraining.of(tokenizer, settings, 1, BATCH);
        // After this step all codes but the first are to be revived.
        training.updated(new long[] {72, 0, 0, 0}, new double[CODES * WIDTH]);
        double[] sum = new double[CODES * WIDTH];
        for (long[] samples : shares) {
          CodeTraining.Share share =
              training.follow(1, samples, CodebookUse.of(tokenizer.config()));
          for (long sample : samples) {
            SplittableRandom random = new SplittableRandom(sample);
            float[] latents = new float[CELLS * WIDTH];
            for (int i = 0; i < latents.length; i++) {
              // Multiples of a power of two, so that no sum is rounded.
              latents[i] = random.nextInt(64) / 8f;
            }
            share
                .choices()
                .add(Tensors.of(new long[CELLS], CELLS), Tensors.of(latents, CELLS, WIDTH));
          }
          double[] part = share.figures();
          for (int i = 0; i < sum.length; i++) {
            sum[i] += part[i];
          }
        }
        figures.add(sum);
      }
    }
    assertThat(figures.get(1)).containsExactly(figures.get(0));
    assertThat(figures.get(0)).doesNotContain(0);
  }

  @Test
  void anglesAreComparedToCodesOfLength1() {
    try (StepScope scope = StepScope.inference();
        Tokenizer tokenizer = tokenizer(CodeDistance.COSINE)) {
      assertLength1(codes(tokenizer));
      CodeTraining training = CodeTraining.of(tokenizer, EMA, 1, BATCH);
      CodebookUse use = CodebookUse.of(tokenizer.config());
      CodeTraining.Share share = training.follow(0, new long[] {0, 1}, use);
      frame(share, 0, 0.6f, 0.8f);
      frame(share, 3, 1, 0);
      training.updated(use.counts(), share.figures());
      assertLength1(codes(tokenizer));
    }
  }

  private static void assertLength1(float[] codes) {
    for (int code = 0; code < CODES; code++) {
      double x = codes[2 * code];
      double y = codes[2 * code + 1];
      assertThat(x * x + y * y).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void codesBeginAtTheMeansOfClusters() {
    float[] latents = new float[40 * WIDTH];
    for (int i = 0; i < 40; i++) {
      // Four pairs of places, half a unit apart, ten latents each; k-means sees four clusters.
      latents[2 * i] = 10 * (i % 2) + (i / 4 % 2 == 0 ? -0.25f : 0.25f);
      latents[2 * i + 1] = 10 * (i / 2 % 2);
    }
    CodeSettings settings =
        new CodeSettings(CodeSettings.Update.EMA, 0.5, CodeSettings.Start.DATA, 0);
    try (StepScope scope = StepScope.inference();
        Tokenizer tokenizer = tokenizer(CodeDistance.EUCLIDEAN)) {
      CodeTraining training = CodeTraining.of(tokenizer, settings, 1, BATCH);
      assertThat(training.startFrames()).isEqualTo(BATCH);
      training.start(Tensors.of(latents, 40, WIDTH));
      float[] codes = codes(tokenizer);
      List<String> places = new ArrayList<>();
      for (int code = 0; code < CODES; code++) {
        places.add(Math.round(codes[2 * code]) + " " + Math.round(codes[2 * code + 1]));
        assertThat(codes[2 * code] % 10).isCloseTo(0, within(1e-4f));
      }
      assertThat(places).containsExactlyInAnyOrder("0 0", "10 0", "0 10", "10 10");
      // The running means begin there too: a step of those very latents changes nothing.
      CodebookUse use = CodebookUse.of(tokenizer.config());
      CodeTraining.Share share = training.follow(0, new long[] {0, 1}, use);
      frame(share, 2, codes[4], codes[5]);
      training.updated(use.counts(), share.figures());
      assertThat(codes(tokenizer)).containsExactly(codes);
    }
  }

  @Test
  void theOptimizerAloneNeedsNoFigures() {
    try (StepScope scope = StepScope.inference();
        Tokenizer tokenizer = tokenizer(CodeDistance.EUCLIDEAN)) {
      CodeTraining training = CodeTraining.of(tokenizer, CodeSettings.STANDARD, 1, BATCH);
      assertThat(training.figureCount()).isZero();
      assertThat(training.startFrames()).isZero();
      assertThat(training.state()).isEmpty();
      CodebookUse use = CodebookUse.of(tokenizer.config());
      assertThat(training.follow(0, new long[] {0, 1}, use).choices()).isSameAs(use);
    }
  }

  @Test
  void runningMeansTakeTheGradientOffTheCodes() {
    byte[] frames = new byte[BATCH * 84 * 84];
    new SplittableRandom(5).nextBytes(frames);
    for (CodeSettings.Update update : CodeSettings.Update.values()) {
      try (StepScope scope = StepScope.inference();
          Tokenizer tokenizer = tokenizer(CodeDistance.COSINE)) {
        tokenizer.codeUpdate(update);
        tokenizer.parameters().zeroGradients();
        tokenizer.accumulateGradients(
            Tensors.of(frames, BATCH, 84, 84), BATCH, CodebookUse.of(tokenizer.config()));
        Tensor gradient = tokenizer.parameters().get("embedding.weight").grad();
        boolean none = true;
        for (float value : Tensors.floats(gradient)) {
          none &= value == 0;
        }
        assertThat(none).isEqualTo(update == CodeSettings.Update.EMA);
      }
    }
  }
}
