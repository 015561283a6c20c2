package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.InvalidInputException;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.TestModels;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorldDecoderTest {
  private static final int[] GAMES = {3, 13};

  private WorldDecoder decoder;

  @BeforeEach
  void open() {
    TorchRuntime.setThreads(1);
    decoder = Golden.decoder();
  }

  @AfterEach
  void close() {
    decoder.close();
  }

  @Test
  void branchesOfSeveralEnvironmentsSeeTheirOwnPathsOnly() {
    int[][] contexts = Golden.contexts(1, 2, 2);
    int[][] paths = Golden.contexts(2, 6, 1);
    paths = Arrays.stream(paths).map(path -> prepend(7, path)).toArray(int[][]::new);
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled root = decoder.prefill(contexts, GAMES);
      try (ContextCache cache = root.cache();
          BranchCache branches = decoder.branch(cache, 3, 37)) {
        // Ragged: branches are at different places, and some tokens are fed twice.
        int[] first = {10, 20, 10, 10, 20, 10};
        int[] head = new int[6 * 20];
        for (int row = 0; row < 6; row++) {
          System.arraycopy(paths[row], 0, head, row * 20, 20);
          if (first[row] == 10) {
            Arrays.fill(head, row * 20 + 10, row * 20 + 20, 99);
          }
        }
        decoder.advance(branches, head, new int[6], new int[6]);
        int[] rest = new int[6 * 27];
        int[] starts = new int[6];
        Arrays.fill(starts, 10);
        for (int row = 0; row < 6; row++) {
          System.arraycopy(paths[row], 10, rest, row * 27, 27);
        }
        Tensor output = decoder.advance(branches, rest, starts, first);
        for (int row = 0; row < 6; row++) {
          int[] whole = concat(contexts[row / 3], paths[row]);
          assertClose(
              Tensors.floats(output.view(6, 27, 64).select(0, row).select(0, 26)),
              uncached(whole, GAMES[row / 3]));
        }
      }
    }
  }

  /** Wide enough for products with packed weights. */
  @Test
  void wideModelsAreReadAsInTraining() {
    WorldConfig wide = TestModels.small(1).with(of -> of.layers(1).heads(8).width(512));
    WorldBatch batch = TestModels.batch(2, 3, 5);
    int[][] sequences = new int[2][3 * WorldConfig.BLOCK_TOKENS];
    for (int i = 0; i < 2 * 3 * WorldConfig.BLOCK_TOKENS; i++) {
      int block = i / WorldConfig.BLOCK_TOKENS;
      int place = i % WorldConfig.BLOCK_TOKENS;
      sequences[block / 3][i % (3 * WorldConfig.BLOCK_TOKENS)] =
          place == WorldConfig.ACTION_OFFSET
              ? batch.actions()[block]
              : batch.tokens()[block * WorldConfig.FRAME_TOKENS + place];
    }
    try (WorldActionModel model = WorldActionModel.create(wide, 3);
        WorldDecoder decoder = WorldDecoder.of(wide, model.parameters()::get);
        StepScope scope = StepScope.inference()) {
      float[] trained = Tensors.floats(model.forward(batch, Optional.empty()));
      WorldDecoder.Prefilled read = decoder.prefillAll(sequences, batch.games());
      read.cache().close();
      assertClose(Tensors.floats(read.output()), trained);
    }
  }

  @Test
  void forksGoOnFromTheirParents() {
    int[][] contexts = Golden.contexts(3, 2, 1);
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled root = decoder.prefill(contexts, GAMES);
      int[] actions = {0, 1, 2, 3};
      int[] parents = {1, 1, 0, 2, 3, 3};
      try (ContextCache cache = root.cache();
          BranchCache branches = decoder.branch(cache, 2, 1)) {
        decoder.advance(branches, actions, new int[4], new int[4]);
        try (BranchCache forks = branches.fork(parents, 1, 5)) {
          int[] tokens = {4, 5, 6, 7, 8, 9};
          int[] starts = {1, 1, 1, 1, 1, 1};
          Tensor output = decoder.advance(forks, tokens, starts, starts);
          for (int row = 0; row < 6; row++) {
            int[] whole = concat(contexts[row / 3], new int[] {actions[parents[row]], tokens[row]});
            assertClose(Tensors.floats(output.select(0, row)), uncached(whole, GAMES[row / 3]));
          }
        }
      }
    }
  }

  @Test
  void criticAveragesValuesWhereTheModelWasTrainedOnThem() {
    WorldConfig c51 = Golden.CONFIG;
    WorldConfig config =
        new WorldConfig(
            1,
            2,
            16,
            8,
            3,
            32,
            2,
            c51.dropouts(),
            false,
            true,
            TdLoss.MSE,
            c51.atoms(),
            c51.valueMin(),
            c51.valueMax());
    try (WorldActionModel model = WorldActionModel.create(config, 5);
        WorldDecoder values = WorldDecoder.of(config, model.parameters()::get);
        StepScope scope = StepScope.inference()) {
      int[][] context = {IntStream.range(0, 36).map(i -> i % 32).toArray()};
      WorldDecoder.Prefilled root = values.prefill(context, new int[] {0});
      root.cache().close();
      float[] logits = Tensors.floats(values.qLogits(root.output()));
      float[] critic = values.critic(root);
      assertThat(critic).hasSize(18);
      assertThat(critic[5])
          .isCloseTo((logits[5] + logits[18 + 5] + logits[36 + 5]) / 3, within(1e-6f));
    }
  }

  @Test
  void refusesMoreTokensThanTheModelHolds() {
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled root = decoder.prefill(Golden.contexts(1, 1, 8), new int[] {0});
      try (ContextCache cache = root.cache()) {
        assertThatThrownBy(() -> decoder.branch(cache, 1, 2))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("296");
      }
    }
  }

  /** As a checkpoint of another version has them: most operators would only fail when they meet. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "behaviour.positions.weight",
        "neighbourhood.state.frame.0.weight",
        "transformer.blocks.0.attn.query.weight",
        "head_q.head_module.params.8",
        "pos_emb.weight"
      })
  void refusesATensorOfAnotherShapeByItsName(String name) {
    WorldConfig config =
        Golden.CONFIG.with(sizes -> sizes.behaviourWidth(8).neighbourhoodWidth(8).support(0.5));
    try (WorldActionModel model = WorldActionModel.create(config, 5);
        StepScope scope = StepScope.inference()) {
      Function<String, Tensor> weights = model.parameters()::get;
      WorldDecoder.of(config, weights).close();
      Tensor shorter = weights.apply(name).narrow(1, 0, 1);
      assertThatThrownBy(
              () -> WorldDecoder.of(config, of -> of.equals(name) ? shorter : weights.apply(of)))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining(
              "tensor %s is %s, expected %s",
              name, Arrays.toString(shorter.shape()), Arrays.toString(weights.apply(name).shape()))
          .hasMessageContaining("train anew");
    }
  }

  private float[] uncached(int[] tokens, int game) {
    WorldDecoder.Prefilled whole = decoder.prefill(new int[][] {tokens}, new int[] {game});
    whole.cache().close();
    return Tensors.floats(whole.output());
  }

  private static void assertClose(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(1e-5f));
    }
  }

  private static int[] prepend(int first, int[] rest) {
    return concat(new int[] {first}, rest);
  }

  private static int[] concat(int[] a, int[] b) {
    return IntStream.concat(IntStream.of(a), IntStream.of(b)).toArray();
  }
}
