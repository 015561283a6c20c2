package org.jowa.model.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.Backgrounds;
import org.jowa.model.tokenizer.Lpips;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OfficialWeightsTest {
  private static final UnaryOperator<String> DDP = name -> "module." + name;
  private static final UnaryOperator<String> PLAIN = UnaryOperator.identity();

  /** Small widths; the layers and heads of the paper's sizes are tried below. */
  private static final Map<String, long[]> WORLD = OfficialLayout.world(2, 16, 24, 1, 32);

  private static final Map<String, long[]> TOKENIZER = OfficialLayout.tokenizer(4, 8, 8, 32);

  @TempDir Path folder;

  /** The sums of the specification's sections 1.9 and 2.2. */
  @Test
  void layoutHasAsManyParametersAsThePaperSays() {
    assertThat(OfficialLayout.elements(OfficialLayout.world(4, 512, 768, 1, 2048)))
        .isEqualTo(19_109_681L);
    assertThat(OfficialLayout.elements(OfficialLayout.world(6, 768, 1024, 1, 2048)))
        .isEqualTo(53_349_681L);
    assertThat(OfficialLayout.elements(OfficialLayout.world(12, 768, 1792, 3, 2048)))
        .isEqualTo(127_778_185L);
    assertThat(OfficialLayout.elements(OfficialLayout.tokenizer(64, 512, 512, 2048)))
        .isEqualTo(4_047_489L);
    assertThat(OfficialLayout.elements(OfficialLayout.lpips())).isEqualTo(14_716_160L + 6);
  }

  @ParameterizedTest
  @CsvSource({"4, 1, module.", "6, 1, _orig_mod.module.", "12, 3, module._orig_mod.", "4, 1, ''"})
  void everySizeIsReadUnderEveryWrapper(int layers, int qHeads, String prefix) throws IOException {
    Map<String, long[]> shapes = OfficialLayout.world(layers, 16, 24, qHeads, 32);
    Path file =
        OfficialLayout.write(
            folder.resolve("JOWA.pt"), shapes, ScalarType.Float, name -> prefix + name);
    try (OfficialWeights weights = OfficialWeights.open(List.of(file))) {
      assertThat(weights.tokenizerSizes()).isEmpty();
      assertThat(weights.worldSizes())
          .contains(new WorldSizes(layers, 16, 24, qHeads, 918, 32, 296));
      try (WorldActionModel model = weights.world(config(layers, qHeads)).orElseThrow()) {
        assertHolds(model.parameters().tensors());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"Float", "Half", "BFloat16"})
  void weightsOfAnyPrecisionBecomeFp32(ScalarType type) throws IOException {
    Path world = OfficialLayout.write(folder.resolve("w.pt"), WORLD, type, DDP);
    Path tokenizer = OfficialLayout.write(folder.resolve("t.pt"), TOKENIZER, type, DDP);
    try (OfficialWeights weights = OfficialWeights.open(List.of(world, tokenizer))) {
      assertThat(weights.tokenizerSizes()).contains(new TokenizerConfig(4, 8, 8, 32));
      try (WorldActionModel model = weights.world(config(2, 1)).orElseThrow();
          Tokenizer frames = weights.tokenizer().orElseThrow()) {
        assertHolds(model.parameters().tensors());
        assertHolds(frames.parameters().tensors());
      }
    }
  }

  /** Checkpoints made with flash-attention have no masks, and nobody needs the rest. */
  @Test
  void masksPositionsAndTargetHeadMayBeMissing() throws IOException {
    Map<String, long[]> shapes = OfficialLayout.without(WORLD, ".mask");
    shapes = OfficialLayout.without(OfficialLayout.without(shapes, "indices"), "q_target");
    Path file = OfficialLayout.write(folder.resolve("w.pt"), shapes, ScalarType.Float, DDP);
    try (OfficialWeights weights = OfficialWeights.open(List.of(file));
        WorldActionModel model = weights.world(config(2, 1)).orElseThrow()) {
      assertHolds(model.parameters().tensors());
    }
  }

  @Test
  void perceptualLossInTheTokenizersFileIsLeftOutAndWrittenOnRequest() throws IOException {
    Map<String, long[]> shapes = new LinkedHashMap<>(TOKENIZER);
    shapes.putAll(OfficialLayout.lpips());
    Path file = OfficialLayout.write(folder.resolve("t.pt"), shapes, ScalarType.Half, DDP);
    Path perceptual = folder.resolve("lpips.safetensors");
    try (OfficialWeights weights = OfficialWeights.open(List.of(file));
        Tokenizer tokenizer = weights.tokenizer().orElseThrow();
        OutputStream out = Files.newOutputStream(perceptual)) {
      assertThat(tokenizer.parameters().names()).hasSameSizeAs(TOKENIZER.keySet());
      weights.writeLpips(out);
    }
    try (Safetensors tensors = Safetensors.read(perceptual);
        Lpips lpips = Lpips.load(perceptual, Device.CPU)) {
      tensors
          .tensors()
          .forEach(
              (name, tensor) ->
                  assertThat(Tensors.floats(tensor)[0])
                      .isEqualTo(OfficialLayout.value("lpips." + name, 0)));
    }
  }

  @Test
  void whatIsWrittenAsTheReferenceDoesIsReadBackToTheSameBits() throws IOException {
    Path world = OfficialLayout.write(folder.resolve("w.pt"), WORLD, ScalarType.Float, DDP);
    Path tokenizer = OfficialLayout.write(folder.resolve("t.pt"), TOKENIZER, ScalarType.Float, DDP);
    Path world2 = folder.resolve("w2.pt");
    Path tokenizer2 = folder.resolve("t2.pt");
    byte[] first = bits(world, tokenizer, world2, tokenizer2);
    assertThat(bits(world2, tokenizer2, folder.resolve("w3.pt"), folder.resolve("t3.pt")))
        .isEqualTo(first);
    assertThat(folder.resolve("w3.pt")).hasSameBinaryContentAs(world2);
    try (TorchFile file = TorchFile.open(world2);
        StepScope scope = StepScope.inference()) {
      assertThat(file.tensors().keySet())
          .containsExactlyInAnyOrderElementsOf(WORLD.keySet().stream().map(DDP).toList());
      WORLD.forEach(
          (name, shape) ->
              assertThat(file.tensors().get("module." + name).shape()).as(name).isEqualTo(shape));
      assertThat(Tensors.longs(file.read("module.head_q.indices")))
          .containsExactly(35, 72, 109, 146, 183, 220, 257, 294);
      assertThat(Tensors.longs(file.read("module.head_ends.indices"))).startsWith(36, 73);
      assertThat(Tensors.longs(file.read("module.head_observations.indices")))
          .hasSize(288)
          .contains(34, 36, 37)
          .doesNotContain(35, 72);
      float[] mask = Tensors.floats(file.read("module.transformer.blocks.1.attn.mask"));
      assertThat(mask).startsWith(1, 0, 0).endsWith(1, 1, 1);
    }
  }

  /** Both models as safetensors, and both files written again. */
  private byte[] bits(Path world, Path tokenizer, Path worldAgain, Path tokenizerAgain)
      throws IOException {
    ByteArrayOutputStream bits = new ByteArrayOutputStream();
    try (OfficialWeights weights = OfficialWeights.open(List.of(tokenizer, world));
        WorldActionModel model = weights.world(config(2, 1)).orElseThrow();
        Tokenizer frames = weights.tokenizer().orElseThrow();
        OutputStream worldOut = Files.newOutputStream(worldAgain);
        OutputStream tokenizerOut = Files.newOutputStream(tokenizerAgain)) {
      Safetensors.write(bits, model.parameters().tensors(), Map.of());
      Safetensors.write(bits, frames.parameters().tensors(), Map.of());
      OfficialWeights.writeWorld(worldOut, model.parameters().tensors(), model.config());
      OfficialWeights.writeTokenizer(tokenizerOut, frames.parameters().tensors(), Map.of());
    }
    return bits.toByteArray();
  }

  @Test
  void theReferenceHasNoTokenizerOnBackgrounds() {
    Backgrounds black = Backgrounds.of(Map.of(39, new byte[84 * 84]));
    try (Tokenizer tokenizer =
        Tokenizer.create(
            new TokenizerConfig(4, 8, 8, 16), 1, Compute.FP32_ON_CPU, Optional.of(black))) {
      assertThatThrownBy(
              () ->
                  OfficialWeights.writeTokenizer(
                      OutputStream.nullOutputStream(), tokenizer.tensors(), Map.of()))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("tokenizer.background");
    }
  }

  @Test
  void missingTensorsAreListedTheFirstTen() throws IOException {
    Map<String, long[]> shapes = OfficialLayout.without(WORLD, "blocks.1.");
    shapes.put("transformer.blocks.1.ln1.weight", new long[] {16});
    assertRefused(
        shapes,
        "it lacks transformer.blocks.1.ln1.bias, transformer.blocks.1.ln2.weight,",
        "and 5 more");
    assertRefused(OfficialLayout.without(WORLD, "pos_emb"), "it lacks pos_emb.weight");
  }

  @Test
  void unknownTensorsAreListed() throws IOException {
    Map<String, long[]> shapes = new LinkedHashMap<>(WORLD);
    shapes.put("head_values.weight", new long[] {2});
    assertRefused(shapes, "it has what JOWA has not, head_values.weight");
  }

  @Test
  void otherShapesGamesAndTypesAreRefused() throws IOException {
    Map<String, long[]> shapes = new LinkedHashMap<>(WORLD);
    shapes.put("head_ends.head_module.2.bias", new long[] {3});
    assertRefused(shapes, "head_ends.head_module.2.bias is [3], expected [2]");
    Map<String, long[]> games = new LinkedHashMap<>(WORLD);
    games.put("task_emb.embedding_tables.0.weight", new long[] {26, 16});
    assertRefused(games, "it knows 26 games");
    Path file = OfficialLayout.write(folder.resolve("double.pt"), WORLD, ScalarType.Double, DDP);
    assertRefused(file, "is of type float64, expected float32, float16 or bfloat16");
  }

  @Test
  void filesOfTheWrongKindAreRefused() throws IOException {
    Path world = OfficialLayout.write(folder.resolve("w.pt"), WORLD, ScalarType.Float, PLAIN);
    assertThatThrownBy(() -> OfficialWeights.open(List.of(world, world)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("is of the same kind");
    Path other =
        OfficialLayout.write(
            folder.resolve("o.pt"), Map.of("weight", new long[] {2}), ScalarType.Float, PLAIN);
    assertThatThrownBy(() -> OfficialWeights.open(List.of(other)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("neither a tokenizer's")
        .hasMessageContaining("it begins with weight");
    Map<String, long[]> twice = new LinkedHashMap<>(WORLD);
    twice.put("module.pos_emb.weight", new long[] {296, 16});
    Path double_ = OfficialLayout.write(folder.resolve("d.pt"), twice, ScalarType.Float, PLAIN);
    assertThatThrownBy(() -> OfficialWeights.open(List.of(double_)))
        .hasMessageContaining("it has both pos_emb.weight and module.pos_emb.weight");
  }

  @Test
  void valuesThatAreNotFiniteAreRefused() throws IOException {
    Path file = folder.resolve("nan.pt");
    try (OutputStream out = Files.newOutputStream(file);
        StepScope scope = StepScope.inference()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      WORLD.forEach((name, shape) -> tensors.put(name, Tensors.zeros(ScalarType.Float, shape)));
      tensors.put("pos_emb.weight", Tensors.zeros(ScalarType.Float, 296, 16).log());
      TorchWriter.write(out, tensors);
    }
    assertRefused(file, "pos_emb.weight has values that aren't finite");
  }

  private void assertRefused(Map<String, long[]> shapes, String... why) throws IOException {
    assertRefused(OfficialLayout.write(folder.resolve("x.pt"), shapes, ScalarType.Float, DDP), why);
  }

  private static void assertRefused(Path file, String... why) {
    assertThatThrownBy(
            () -> {
              try (OfficialWeights weights = OfficialWeights.open(List.of(file))) {
                weights.worldSizes();
                weights.world(config(2, 1)).orElseThrow().close();
              }
            })
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Cannot import " + file)
        .hasMessageContainingAll(why)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  /** The target head has the online head's values, everything else its own. */
  private static void assertHolds(Map<String, Tensor> weights) {
    weights.forEach(
        (name, tensor) -> {
          String source = name.replace("head_q_target", "head_q");
          float[] values = Tensors.floats(tensor);
          float[] expected = new float[values.length];
          for (int i = 0; i < values.length; i++) {
            expected[i] = OfficialLayout.value(source, i);
          }
          assertThat(Arrays.equals(values, expected)).as(name).isTrue();
        });
  }

  private static WorldConfig config(int layers, int qHeads) {
    return new WorldConfig(
        layers, 2, 16, 24, qHeads, 32, 8, Dropouts.NONE, true, true, TdLoss.C51, 51, -10, 30);
  }
}
