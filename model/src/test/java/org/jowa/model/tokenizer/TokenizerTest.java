package org.jowa.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.Initialiser;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
  private static final TokenizerConfig TINY = new TokenizerConfig(4, 8, 8, 16);

  @TempDir private Path folder;

  @BeforeAll
  static void oneThread() {
    TorchRuntime.setThreads(1);
  }

  @Test
  void theDefaultSizesHaveTheReferencesNumberOfWeights() {
    try (Tokenizer tokenizer = Tokenizer.create(new TokenizerConfig(64, 512, 512, 2048), 0)) {
      assertThat(tokenizer.parameters().count()).isEqualTo(4_047_489);
      assertThat(tokenizer.parameters().shape("encoder.down.0.downsample.conv.weight"))
          .containsExactly(64, 64, 8, 8);
    }
  }

  @Test
  void firstWeightsDependOnTheSeedOnly() {
    try (Tokenizer one = Tokenizer.create(TINY, 1);
        Tokenizer same = Tokenizer.create(TINY, 1);
        Tokenizer other = Tokenizer.create(TINY, 2)) {
      assertThat(one.hash()).isEqualTo(same.hash()).hasSize(16).isNotEqualTo(other.hash());
    }
  }

  @Test
  void savedWeightsLoadWithTheirSizes() throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (Tokenizer tokenizer = Tokenizer.create(TINY, 1)) {
      Safetensors.write(file, tokenizer.parameters().tensors(), Map.of());
      try (Tokenizer loaded = Tokenizer.load(file)) {
        assertThat(loaded.config()).isEqualTo(TINY);
        assertThat(loaded.hash()).isEqualTo(tokenizer.hash());
      }
    }
  }

  @Test
  void perceptualWeightsInAnImportedFileAreIgnoredAndOthersAreNot() throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (Tokenizer tokenizer = Tokenizer.create(TINY, 1);
        StepScope scope = StepScope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>(tokenizer.parameters().tensors());
      tensors.put("lpips.lin0.model.1.weight", Tensors.of(new float[64], 1, 64, 1, 1));
      Safetensors.write(file, tensors, Map.of());
      Tokenizer.load(file).close();
      tensors.put("quant.weight", Tensors.of(new float[1], 1));
      Safetensors.write(file, tensors, Map.of());
      assertThatThrownBy(() -> Tokenizer.load(file))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("quant.weight");
    }
  }

  @Test
  void tokensOfAFrameDoNotDependOnTheBatchAroundIt() {
    try (Tokenizer tokenizer = Tokenizer.create(TINY, 1);
        StepScope scope = StepScope.inference()) {
      Tensor frames = frames(19, 3);
      Tensor tokens = tokenizer.tokens(frames);
      assertThat(tokens.shape()).containsExactly(19, 36);
      for (int i : new int[] {0, 7, 8, 18}) {
        assertThat(Tensors.longs(tokenizer.tokens(frames.narrow(0, i, 1))))
            .isEqualTo(Tensors.longs(tokens.narrow(0, i, 1)));
      }
      assertThat(tokenizer.decode(tokens).shape()).containsExactly(19, 1, 84, 84);
    }
  }

  @Test
  void equallyNearCodesGiveTheFirst() {
    try (StepScope scope = StepScope.inference()) {
      Codebook codebook = new Codebook(Tensors.of(new float[] {5, 5, 1, 0, 1, 0, -1, 0}, 4, 2));
      Tensor rows = Tensors.of(new float[] {1, 0, 0, 0, 4, 4}, 3, 2);
      assertThat(Tensors.longs(codebook.nearest(rows))).containsExactly(1, 1, 0);
    }
  }

  @Test
  void gradientsOfPartsAddUpToThoseOfTheWhole() {
    try (Tokenizer tokenizer = Tokenizer.create(TINY, 1);
        StepScope scope = StepScope.inference()) {
      Tensor frames = frames(11, 5);
      CodebookUse use = CodebookUse.of(TINY);
      tokenizer.parameters().zeroGradients();
      TokenizerLosses whole = TokenizerLosses.sum(tokenizer.accumulateGradients(frames, 11, use));
      float[] gradients = Tensors.floats(tokenizer.parameters().gradients());
      assertThat(Arrays.stream(use.counts()).sum()).isEqualTo(11 * 36);

      tokenizer.parameters().zeroGradients();
      TokenizerLosses parts =
          TokenizerLosses.sum(
              List.of(
                  TokenizerLosses.sum(
                      tokenizer.accumulateGradients(frames.narrow(0, 0, 4), 11, use)),
                  TokenizerLosses.sum(
                      tokenizer.accumulateGradients(frames.narrow(0, 4, 7), 11, use))));
      assertThat(parts.total()).isCloseTo(whole.total(), within(1e-6));
      float[] summed = Tensors.floats(tokenizer.parameters().gradients());
      for (int i = 0; i < summed.length; i++) {
        assertThat(summed[i]).isCloseTo(gradients[i], within(1e-5f));
      }
      TokenizerLosses evaluated =
          TokenizerLosses.sum(tokenizer.evaluate(frames, new int[0], 11, use));
      assertThat(evaluated.total()).isCloseTo(whole.total(), within(1e-6));
    }
  }

  @Test
  void thePerceptualTermIsAddedWithItsGradient() {
    try (Tokenizer tokenizer = Tokenizer.create(TINY, 1);
        StepScope scope = StepScope.inference();
        Lpips lpips = Lpips.of(perceptualWeights(), "test", Device.CPU)) {
      Tensor frames = frames(1, 7);
      CodebookUse use = CodebookUse.of(TINY);
      TokenizerLosses plain = TokenizerLosses.sum(tokenizer.accumulateGradients(frames, 2, use));
      float[] without = Tensors.floats(tokenizer.parameters().get("decoder.conv_out.bias").grad());
      tokenizer.parameters().zeroGradients();
      tokenizer.perceptualLoss(lpips);
      TokenizerLosses both = TokenizerLosses.sum(tokenizer.accumulateGradients(frames, 2, use));
      float[] with = Tensors.floats(tokenizer.parameters().get("decoder.conv_out.bias").grad());

      assertThat(both.reconstruction()).isEqualTo(plain.reconstruction());
      assertThat(both.perceptual()).isPositive();
      // The bias shifts the whole picture, so its gradient is a difference quotient of the loss.
      float step = 1e-2f;
      float start = tokenizer.parameters().get("decoder.conv_out.bias").item_float();
      tokenizer.parameters().get("decoder.conv_out.bias").data_ptr_float().put(0, start + step);
      double above =
          TokenizerLosses.sum(tokenizer.evaluate(frames, new int[0], 2, use)).perceptual();
      tokenizer.parameters().get("decoder.conv_out.bias").data_ptr_float().put(0, start - step);
      double below =
          TokenizerLosses.sum(tokenizer.evaluate(frames, new int[0], 2, use)).perceptual();
      double slope = (above - below) / (2 * step);
      assertThat((double) with[0] - without[0]).isCloseTo(slope, within(0.02 * Math.abs(slope)));
    }
  }

  private static Map<String, Tensor> perceptualWeights() {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    Lpips.shapes()
        .forEach(
            (name, shape) -> {
              Tensor weight = Tensors.empty(ScalarType.Float, shape);
              double inputs = shape.length == 1 ? 1e4 : (double) shape[1] * shape[2] * shape[3];
              Initialiser.of(1).uniform(name, weight, Math.sqrt(6 / inputs));
              weights.put("lpips." + name, name.startsWith("lin") ? weight.abs() : weight);
            });
    return weights;
  }

  @Test
  void operationsPerFrameAreThoseOfTheConvolutions() {
    TokenizerConfig config = new TokenizerConfig(16, 64, 64, 256);
    // 11 convolutions of 16 to 16 channels at 84x84, each 32.5 million operations, lead.
    assertThat(TokenizerFlops.train(config) / 1e6).isBetween(3 * 11 * 32.5, 3 * 440.0);
    assertThat(TokenizerFlops.encode(config) / 1e6).isBetween(4 * 32.5, 160.0);
  }

  @Test
  void codebookUseCountsShareAndPerplexity() {
    try (StepScope scope = StepScope.inference()) {
      CodebookUse use = CodebookUse.of(TINY);
      assertThat(use.perplexity()).isZero();
      use.add(Tensors.of(new long[] {0, 1, 2, 3}, 2, 2));
      assertThat(use.fraction()).isEqualTo(0.25);
      assertThat(use.perplexity()).isCloseTo(4, within(1e-12));
      use.add(use.counts());
      assertThat(use.counts()).startsWith(2, 2, 2, 2, 0);
    }
  }

  @Test
  void sizesOutOfRangeNameTheirKey() {
    assertThatThrownBy(() -> new TokenizerConfig(7, 8, 8, 16))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tokenizer.channels=7");
    assertThatThrownBy(() -> new TokenizerConfig(8, 8, 8, 70_000).checked("a file"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(
            "tokenizer.codebook-size in a file must be a whole number from 2 to 65536, found '70000'");
  }

  @Test
  void aFileWithoutLpipsWeightsSaysWhatIsWanted() throws IOException {
    Path file = folder.resolve("vgg.safetensors");
    try (StepScope scope = StepScope.inference()) {
      Safetensors.write(file, Map.of("x", Tensors.of(new float[1], 1)), Map.of());
    }
    assertThatThrownBy(() -> Lpips.load(file, Device.CPU))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("net.slice1.0.weight")
        .hasMessageContaining("[64, 3, 3, 3]");
  }

  static Tensor frames(int count, long seed) {
    float[] draws = new float[count * 84 * 84];
    FunctionalRandom.uniform(seed, draws, 0, draws.length);
    byte[] pixels = new byte[draws.length];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (draws[i] * 256);
    }
    return Tensors.of(pixels, count, 84, 84);
  }
}
