package org.jowa.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerObjective;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backgrounds and the terms of reconstruction. */
class TokenizerOptionsTest {
  private static final TokenizerConfig TINY = new TokenizerConfig(4, 8, 8, 16);
  private static final int SIDE = 84;
  private static final int PIXELS = SIDE * SIDE;
  private static final int PONG = 39;
  private static final int BREAKOUT = 13;

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
    TorchRuntime.setThreads(1);
  }

  @Test
  void anUntrainedTokenizerDrawsTheBackgroundOfTheGame() {
    try (StepScope scope = StepScope.inference();
        Tokenizer tokenizer = onBackgrounds()) {
      Tensor frames = Tensors.of(noise(2, 1), 2, SIDE, SIDE);
      for (int game : new int[] {PONG, BREAKOUT}) {
        FrameTokenizer ofGame = tokenizer.forGame(game);
        float[] drawn = Tensors.floats(ofGame.decode(ofGame.tokens(frames)));
        float gray = game == PONG ? 87 / 255f : 10 / 255f;
        for (float pixel : drawn) {
          assertThat(pixel).isCloseTo(gray, within(1e-6f));
        }
      }
      byte[] both = new byte[2 * PIXELS];
      Arrays.fill(both, 0, PIXELS, (byte) 87);
      Arrays.fill(both, PIXELS, 2 * PIXELS, (byte) 10);
      both[5] = (byte) 236;
      CodebookUse use = CodebookUse.of(TINY);
      double loss =
          TokenizerLosses.sum(
                  tokenizer.evaluate(
                      Tensors.of(both, 2, SIDE, SIDE), new int[] {PONG, BREAKOUT}, 2, use))
              .reconstruction();
      // All that differs is one pixel of one frame.
      assertThat(loss).isCloseTo(2 * (236 - 87) / 255.0 / (2 * PIXELS), within(1e-8));
    }
  }

  @Test
  void backgroundsTravelWithTheWeights(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (StepScope scope = StepScope.inference();
        Tokenizer made = onBackgrounds()) {
      Safetensors.write(file, made.tensors(), Map.of());
      try (Safetensors weights = Safetensors.read(file);
          Tokenizer loaded = Tokenizer.load(weights)) {
        assertThat(loaded.hash()).isEqualTo(made.hash());
        Tensor frames = Tensors.of(noise(3, 2), 3, SIDE, SIDE);
        assertThat(Tensors.longs(loaded.forGame(PONG).tokens(frames)))
            .isEqualTo(Tensors.longs(made.forGame(PONG).tokens(frames)));
        assertThatThrownBy(() -> loaded.forGame(0))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("only of Breakout, Pong");
        assertThatThrownBy(() -> loaded.tokens(frames))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("games of its 3 frames, not 0");
      }
      try (Tokenizer without = Tokenizer.create(TINY, 4)) {
        assertThat(without.hash()).isNotEqualTo(made.hash());
        assertThat(without.forGame(PONG)).isSameAs(without);
      }
    }
  }

  @Test
  void everyTermsGradientIsThatOfItsSum() {
    TokenizerObjective all = new TokenizerObjective(0.1, 1.5, 0.01, 7, 1);
    int n = 2;
    SplittableRandom random = new SplittableRandom(3);
    float[] difference = new float[n * PIXELS];
    float[] target = new float[n * PIXELS];
    for (int i = 0; i < difference.length; i++) {
      difference[i] = (float) (random.nextDouble() - 0.5);
      target[i] = random.nextInt(3) - 1;
    }
    difference[PIXELS + 9] = -0.9f;
    try (StepScope scope = StepScope.inference()) {
      ReconstructionTerms terms = terms(all, difference, target);
      double[] sums = Tensors.doubles(terms.sums().toType(ScalarType.Double));
      float[] gradient = Tensors.floats(terms.gradient());
      for (int frame = 0; frame < n; frame++) {
        double sum = 0;
        double worst = 0;
        for (int i = frame * PIXELS; i < (frame + 1) * PIXELS; i++) {
          double d = difference[i];
          sum += (target[i] == 0 ? 1 : 7) * (0.1 * Math.abs(d) + 1.5 * d * d);
          worst = Math.max(worst, d * d);
        }
        assertThat(sums[frame]).isCloseTo(sum + 0.01 * PIXELS * worst, within(1e-3));
      }
      for (int i : new int[] {0, 1, 2, 3, 500, PIXELS + 9, 2 * PIXELS - 1}) {
        double d = difference[i];
        double expected = (target[i] == 0 ? 1 : 7) * (0.1 * Math.signum(d) + 3 * d);
        if (i == PIXELS + 9) {
          expected += 2 * 0.01 * PIXELS * d;
        }
        assertThat((double) gradient[i]).isCloseTo(expected, within(1e-3));
      }
    }
  }

  @Test
  void theStandardObjectiveIsTheMeanAbsoluteDifferenceToTheLastBit() {
    float[] difference = {0.25f, -0.5f, 0, 3};
    try (StepScope scope = StepScope.inference()) {
      Tensor of = Tensors.of(difference, 2, 1, 1, 2);
      ReconstructionTerms plain = ReconstructionTerms.of(TokenizerObjective.STANDARD, of, of);
      assertThat(Tensors.floats(plain.sums())).containsExactly(0.75f, 3);
      assertThat(Tensors.floats(plain.gradient())).containsExactly(1, -1, 0, 1);
    }
  }

  @Test
  void commitmentScalesWhatPullsLatentsButNotCodes() {
    byte[] frames = noise(2, 5);
    double[][] norms = new double[2][2];
    for (int i = 0; i < 2; i++) {
      try (StepScope scope = StepScope.training();
          Tokenizer tokenizer = Tokenizer.create(TINY, 4)) {
        // Nothing but the distances: the decoder's last layer passes no gradient on.
        tokenizer.parameters().get("decoder.conv_out.weight").detach().zero_();
        tokenizer.objective(new TokenizerObjective(1, 0, 0, 1, i == 0 ? 1 : 0.25));
        tokenizer.parameters().zeroGradients();
        TokenizerLosses losses =
            TokenizerLosses.sum(
                tokenizer.accumulateGradients(
                    Tensors.of(frames, 2, SIDE, SIDE), 2, CodebookUse.of(TINY)));
        assertThat(losses.commitment())
            .isCloseTo(losses.codebook() * (i == 0 ? 1 : 0.25), within(1e-12));
        norms[i][0] = norm(tokenizer.parameters().get("embedding.weight").grad());
        norms[i][1] = norm(tokenizer.parameters().get("pre_quant_conv.weight").grad());
      }
    }
    assertThat(norms[1][0]).isEqualTo(norms[0][0]);
    assertThat(norms[1][1]).isCloseTo(norms[0][1] / 4, within(1e-3 * norms[0][1]));
  }

  private static double norm(Tensor gradient) {
    return gradient.norm(new Scalar(2)).item_float();
  }

  private static ReconstructionTerms terms(
      TokenizerObjective objective, float[] difference, float[] target) {
    return ReconstructionTerms.of(
        objective, Tensors.of(difference, 2, 1, SIDE, SIDE), Tensors.of(target, 2, 1, SIDE, SIDE));
  }

  private static Tokenizer onBackgrounds() {
    byte[] pong = new byte[PIXELS];
    byte[] breakout = new byte[PIXELS];
    Arrays.fill(pong, (byte) 87);
    Arrays.fill(breakout, (byte) 10);
    return Tokenizer.create(
        TINY,
        4,
        Compute.FP32_ON_CPU,
        Optional.of(Backgrounds.of(Map.of(PONG, pong, BREAKOUT, breakout))));
  }

  private static byte[] noise(int frames, long seed) {
    byte[] pixels = new byte[frames * PIXELS];
    new SplittableRandom(seed).nextBytes(pixels);
    return pixels;
  }
}
