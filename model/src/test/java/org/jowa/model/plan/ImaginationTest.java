package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.jowa.model.settings.StateInput;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ImaginationTest {
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
  void speculationChangesNothing() {
    for (int seed = 0; seed < 6; seed++) {
      int[][] contexts = Golden.contexts(seed, 3, 2);
      int[][] guesses = Arrays.stream(contexts).map(Golden::newestFrame).toArray(int[][]::new);
      Imagination plain = Imagination.tokenByToken(decoder);
      Imagination speculative = Imagination.speculative(decoder);
      Imagination.Frames expected = step(plain, contexts, guesses);
      Imagination.Frames frames = step(speculative, contexts, guesses);
      assertThat(frames.tokens()).isDeepEqualTo(expected.tokens());
      assertThat(frames.rewards()).isEqualTo(expected.rewards());
      assertThat(frames.ends()).isEqualTo(expected.ends());
      for (int i = 0; i < frames.critic().length; i++) {
        assertThat(Math.abs(frames.critic()[i] - expected.critic()[i])).isLessThan(1e-4f);
      }
      assertThat(plain.cost().passes()).isEqualTo(37);
      assertThat(speculative.cost().passes()).isLessThan(37);
    }
  }

  @Test
  void rightGuessTakesOnePass() {
    int[][] contexts = Golden.contexts(1, 2, 1);
    int[][] frames = step(Imagination.tokenByToken(decoder), contexts, new int[2][36]).tokens();
    Imagination speculative = Imagination.speculative(decoder);
    assertThat(step(speculative, contexts, frames).tokens()).isDeepEqualTo(frames);
    assertThat(speculative.cost().passes()).isEqualTo(1);
  }

  @Test
  void branchIsTheSameToTheBitBesideOthers() {
    Imagination imagination = Imagination.speculative(decoder);
    int[][] one = Golden.contexts(1, 3, 2);
    int[][] other = Golden.contexts(2, 3, 2);
    other[1] = one[1];
    int[][] guesses = Arrays.stream(one).map(Golden::newestFrame).toArray(int[][]::new);
    int[][] otherGuesses = new int[3][36];
    otherGuesses[1] = guesses[1];
    Imagination.Frames a = step(imagination, one, guesses);
    Imagination.Frames b = step(imagination, other, otherGuesses);
    assertThat(a.tokens()[1]).isEqualTo(b.tokens()[1]);
    assertThat(Arrays.copyOfRange(a.critic(), 18, 36))
        .isEqualTo(Arrays.copyOfRange(b.critic(), 18, 36));
    assertThat(a.tokens()[0]).isNotEqualTo(b.tokens()[0]);
  }

  private Imagination.Frames step(Imagination imagination, int[][] contexts, int[][] guesses) {
    return step(decoder, imagination, contexts, guesses);
  }

  private static Imagination.Frames step(
      WorldDecoder decoder, Imagination imagination, int[][] contexts, int[][] guesses) {
    int[] games = new int[contexts.length];
    int[] actions = new int[contexts.length];
    Arrays.fill(actions, 3);
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled root = decoder.prefill(contexts, games);
      try (ContextCache cache = root.cache();
          BranchCache branches = decoder.branch(cache, 1, 37)) {
        return imagination.step(branches, 0, actions, guesses);
      }
    }
  }

  @Test
  void statesOfWholeFramesAreThoseOfAPrefillAndUnsupportedActionsAreOut() {
    WorldConfig config =
        Golden.CONFIG.with(
            sizes -> sizes.stateInput(StateInput.FRAME).behaviourWidth(8).support(0.9));
    try (WorldActionModel model = WorldActionModel.create(config, 3);
        WorldDecoder whole = WorldDecoder.of(config, model.parameters()::get)) {
      int[][] contexts = Golden.contexts(4, 2, 2);
      int[][] guesses = Arrays.stream(contexts).map(Golden::newestFrame).toArray(int[][]::new);
      for (Imagination imagination :
          List.of(Imagination.speculative(whole), Imagination.tokenByToken(whole))) {
        Imagination.Frames frames = step(whole, imagination, contexts, guesses);
        int[][] longer = new int[2][];
        for (int row = 0; row < 2; row++) {
          longer[row] = Arrays.copyOf(contexts[row], contexts[row].length + 37);
          longer[row][contexts[row].length] = 3;
          System.arraycopy(frames.tokens()[row], 0, longer[row], contexts[row].length + 1, 36);
        }
        try (StepScope scope = StepScope.inference()) {
          WorldDecoder.Prefilled read = whole.prefill(longer, new int[2]);
          try (ContextCache cache = read.cache()) {
            float[] critic = whole.critic(read);
            assertThat(frames.critic()).contains(Float.NEGATIVE_INFINITY);
            for (int i = 0; i < critic.length; i++) {
              if (Float.isInfinite(critic[i])) {
                assertThat(frames.critic()[i]).isEqualTo(critic[i]);
              } else {
                assertThat(frames.critic()[i]).isCloseTo(critic[i], within(1e-4f));
              }
            }
          }
        }
      }
    }
  }
}
