package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.plan.BeamTree.Node;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SamplingTest {
  private final Game game = Games.byName("Breakout");

  @BeforeAll
  static void start() {
    TorchRuntime.init();
    TorchRuntime.setThreads(1);
  }

  @Test
  void classesAreDrawnAsOftenAsTheModelSays() {
    double[] shares = {0.5, 0.3, 0.15, 0.05};
    int draws = 20_000;
    float[] logits = new float[shares.length * draws];
    long[] keys = new long[draws];
    int[] places = new int[draws];
    Sampling sampling = new Sampling(3);
    for (int row = 0; row < draws; row++) {
      keys[row] = sampling.root(new int[] {row / 40});
      places[row] = row % 40;
      for (int i = 0; i < shares.length; i++) {
        logits[row * shares.length + i] = (float) Math.log(shares[i]) + 7;
      }
    }
    int[] counts = new int[shares.length];
    try (StepScope scope = StepScope.inference()) {
      for (int drawn : Sampling.classes(Tensors.of(logits, draws, shares.length), keys, places)) {
        counts[drawn]++;
      }
    }
    for (int i = 0; i < shares.length; i++) {
      // Five standard deviations of a share of 20,000.
      assertThat((double) counts[i] / draws).isCloseTo(shares[i], within(0.018));
    }
  }

  @Test
  void drawnFuturesAreTheSameWithAndWithoutSpeculation() {
    int[][] contexts = Golden.contexts(5, 3, 2);
    try (WorldDecoder decoder = Golden.decoder()) {
      List<BeamTree> plain = search(decoder, Speculation.OFF, 1, contexts);
      assertThat(tokens(search(decoder, Speculation.ON, 1, contexts))).isDeepEqualTo(tokens(plain));
      assertThat(tokens(search(decoder, Speculation.OFF, 1, contexts)))
          .isDeepEqualTo(tokens(plain));
      assertThat(tokens(search(decoder, Speculation.OFF, 2, contexts))[0])
          .isNotEqualTo(tokens(plain)[0]);
      assertThat(
              tokens(BeamSearch.create(decoder, game, BeamSettings.of(2, 1)).search(contexts))[0])
          .isNotEqualTo(tokens(plain)[0]);
    }
  }

  @Test
  void aTreeSearchDrawsEachStateOnce() {
    int[][] contexts = Golden.contexts(6, 2, 2);
    MctsSettings settings =
        MctsSettings.of(MctsSettings.Mode.REPAIRED).withHorizon(3).withSimulations(8);
    try (WorldDecoder decoder = Golden.decoder()) {
      MonteCarloTreeSearch search =
          MonteCarloTreeSearch.create(decoder, game, settings, 0, new Sampling(1));
      int[] actions = search.plan(contexts);
      assertThat(search.plan(contexts)).isEqualTo(actions);
      assertThat(
              MonteCarloTreeSearch.create(
                      decoder, game, settings.withSpeculation(Speculation.OFF), 0, new Sampling(1))
                  .plan(contexts))
          .isEqualTo(actions);
    }
  }

  private List<BeamTree> search(
      WorldDecoder decoder, Speculation speculation, long seed, int[][] contexts) {
    BeamSettings settings = BeamSettings.of(2, 1).withSpeculation(speculation);
    return BeamSearch.create(decoder, game, settings, 0, new Sampling(seed)).search(contexts);
  }

  /** Of the imagined frames, by environment. */
  private static int[][] tokens(List<BeamTree> trees) {
    return trees.stream()
        .map(
            tree ->
                tree.nodes().stream()
                    .skip(1)
                    .map(Node::tokens)
                    .flatMapToInt(Arrays::stream)
                    .toArray())
        .toArray(int[][]::new);
  }
}
