package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
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

/** Planning reads models with a neighbourhood network as training does. */
class SurroundingsTest {
  private static final int BLOCK = WorldConfig.BLOCK_TOKENS;
  private static final int FRAME = WorldConfig.FRAME_TOKENS;
  private static final int STEPS = 5;

  private WorldActionModel model;
  private WorldDecoder decoder;
  private WorldBatch batch;

  @BeforeEach
  void open() {
    TorchRuntime.setThreads(1);
    WorldConfig config = TestModels.small(1).withNeighbourhoodWidth(6);
    model = WorldActionModel.create(config, 2);
    try (StepScope scope = StepScope.inference()) {
      // What it says has to count.
      for (String name : model.parameters().names()) {
        if (name.startsWith("neighbourhood.layer.4") || name.startsWith("neighbourhood.frame")) {
          model.parameters().get(name).detach().mul_(new Scalar(20));
        }
      }
    }
    decoder = WorldDecoder.of(config, model.parameters()::get);
    batch = TestModels.batch(2, STEPS, 4);
  }

  @AfterEach
  void close() {
    decoder.close();
    model.close();
  }

  @Test
  void wholeSequencesAreReadAsInTraining() {
    try (StepScope scope = StepScope.inference()) {
      float[] trained = Tensors.floats(model.forward(batch, Optional.empty()));
      WorldDecoder.Prefilled read = decoder.prefillAll(sequences(STEPS * BLOCK), batch.games());
      read.cache().close();
      assertClose(Tensors.floats(read.output()), trained);
    }
  }

  @Test
  void branchesForksAndBlocksOfThemAreReadAsInTraining() {
    int context = 2 * BLOCK - 1;
    int[][] whole = sequences(STEPS * BLOCK);
    try (StepScope scope = StepScope.inference()) {
      Tensor features = model.forward(batch, Optional.empty()).view(2, STEPS * BLOCK, -1);
      WorldDecoder.Prefilled root = decoder.prefill(sequences(context), batch.games());
      try (ContextCache cache = root.cache();
          BranchCache branches = decoder.branch(cache, 1, 2 * BLOCK)) {
        // The action and a part of the frame, the rest of it on forks, then a block at once.
        read(branches, whole, context, 0, 11, features);
        try (BranchCache forks = branches.fork(new int[] {0, 1}, 11, 2 * BLOCK)) {
          read(forks, whole, context, 11, BLOCK - 11, features);
          try (NodeCache nodes = decoder.nodes(3);
              BranchCache others = decoder.branch(cache, 1, 2 * BLOCK)) {
            nodes.write(forks, 0, new int[] {0, 1}, new int[] {2, 1});
            nodes.read(others, 0, new int[] {2, 1});
            read(others, whole, context, BLOCK, BLOCK, features);
          }
        }
      }
    }
  }

  @Test
  void guessedFramesAreThoseThatAreDecodedTokenByToken() {
    int context = 3 * BLOCK - 1;
    try (StepScope scope = StepScope.inference()) {
      int[][] one = frames(Imagination.tokenByToken(decoder), context);
      assertThat(frames(Imagination.speculative(decoder), context)).isDeepEqualTo(one);
    }
  }

  /** Where it alone decides, what it says by itself is what passes find. */
  @Test
  void framesThatTheNetworkForeseesTakeOnePass() {
    try (StepScope scope = StepScope.inference()) {
      for (String name : model.parameters().names()) {
        if (name.startsWith("neighbourhood.layer.4")) {
          model.parameters().get(name).detach().mul_(new Scalar(1e5f));
        }
      }
      try (WorldDecoder sure = WorldDecoder.of(decoder.config(), model.parameters()::get)) {
        int context = 3 * BLOCK - 1;
        Imagination plain = Imagination.tokenByToken(sure);
        Imagination imagination = Imagination.speculative(sure);
        int[][] frames = frames(sure, imagination, context);
        assertThat(frames).isDeepEqualTo(frames(sure, plain, context));
        assertThat(frames[0]).isNotEqualTo(newest(0));
        assertThat(imagination.cost().passes()).isEqualTo(2);
        assertThat(imagination.cost().acceptance()).isEqualTo(1);
        assertThat(plain.cost().passes()).isEqualTo(2 * BLOCK);
      }
    }
  }

  @Test
  void aBranchThatIsUsedAgainIsGuessedAnew() {
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled root = decoder.prefill(sequences(3 * BLOCK - 1), batch.games());
      int[][] newest = {newest(0), newest(1)};
      try (ContextCache cache = root.cache();
          BranchCache used = decoder.branch(cache, 1, BLOCK);
          BranchCache fresh = decoder.branch(cache, 1, BLOCK)) {
        Imagination imagination = Imagination.speculative(decoder);
        imagination.step(used, 0, new int[] {2, 3}, newest);
        Imagination.Frames again = imagination.step(used, 0, new int[] {4, 5}, newest);
        Imagination.Frames anew = imagination.step(fresh, 0, new int[] {4, 5}, newest);
        assertThat(again.tokens()).isDeepEqualTo(anew.tokens());
        assertThat(again.critic()).isEqualTo(anew.critic());
      }
    }
  }

  private int[][] frames(Imagination imagination, int context) {
    return frames(decoder, imagination, context);
  }

  private int[][] frames(WorldDecoder decoder, Imagination imagination, int context) {
    int[][] newest = {newest(0), newest(1)};
    WorldDecoder.Prefilled root = decoder.prefill(sequences(context), batch.games());
    try (ContextCache cache = root.cache();
        BranchCache branches = decoder.branch(cache, 1, 2 * BLOCK)) {
      int[][] first = imagination.step(branches, 0, new int[] {2, 3}, newest).tokens();
      int[][] second = imagination.step(branches, BLOCK, new int[] {4, 5}, first).tokens();
      return new int[][] {first[0], first[1], second[0], second[1]};
    }
  }

  private int[] newest(int sequence) {
    int from = (sequence * STEPS + 2) * FRAME;
    return Arrays.copyOfRange(batch.tokens(), from, from + FRAME);
  }

  private void read(
      BranchCache branches, int[][] whole, int context, int from, int count, Tensor features) {
    int[] fed = new int[2 * count];
    for (int row = 0; row < 2; row++) {
      System.arraycopy(whole[row], context + from, fed, row * count, count);
    }
    int[] starts = {from, from};
    assertClose(
        Tensors.floats(decoder.advance(branches, fed, starts, starts)),
        Tensors.floats(features.narrow(1, context + from, count).contiguous()));
  }

  private int[][] sequences(int length) {
    return IntStream.range(0, 2)
        .mapToObj(b -> IntStream.range(0, length).map(p -> token(b, p)).toArray())
        .toArray(int[][]::new);
  }

  private int token(int sequence, int position) {
    int step = sequence * STEPS + position / BLOCK;
    int offset = position % BLOCK;
    return offset == FRAME ? batch.actions()[step] : batch.tokens()[step * FRAME + offset];
  }

  private static void assertClose(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(2e-5f));
    }
  }
}
