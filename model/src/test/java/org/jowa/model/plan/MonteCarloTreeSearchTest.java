package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jowa.model.plan.BeamSettings.Ends;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.plan.MctsSettings.Choice;
import org.jowa.model.plan.MctsSettings.Mode;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MonteCarloTreeSearchTest {
  private static final MctsSettings SETTINGS =
      MctsSettings.of(Mode.REPAIRED).withHorizon(4).withSimulations(12);

  private static final Game GAME = Games.byName("Breakout");
  private static final int ONE = ActionSet.of(GAME).actions()[1];
  private static final int OTHER = ActionSet.of(GAME).actions()[2];

  private final Game game = GAME;

  @BeforeEach
  void useOneThread() {
    TorchRuntime.setThreads(1);
  }

  @ParameterizedTest
  @EnumSource(Mode.class)
  void environmentsAreSearchedTogetherAsAlone(Mode mode) {
    int[][] contexts = Golden.contexts(4, 3, 2);
    MctsSettings settings =
        MctsSettings.of(mode).withHorizon(4).withSimulations(12).withSpeculation(Speculation.OFF);
    try (WorldDecoder decoder = Golden.decoder()) {
      MonteCarloTreeSearch search = MonteCarloTreeSearch.create(decoder, game, settings);
      List<MctsTree> together = search.search(contexts);
      for (int i = 0; i < contexts.length; i++) {
        assertSame(together.get(i), search.search(new int[][] {contexts[i]}).get(0));
      }
    }
  }

  @Test
  void speculationFindsTheSameTree() {
    int[][] contexts = Golden.contexts(5, 2, 3);
    try (WorldDecoder decoder = Golden.decoder()) {
      List<MctsTree> with = MonteCarloTreeSearch.create(decoder, game, SETTINGS).search(contexts);
      List<MctsTree> without =
          MonteCarloTreeSearch.create(decoder, game, SETTINGS.withSpeculation(Speculation.OFF))
              .search(contexts);
      for (int i = 0; i < contexts.length; i++) {
        assertSame(with.get(i), without.get(i));
      }
    }
  }

  /** What a path's last state is worth must be what a beam that walks the same path sees there. */
  @Test
  void deeperStepsAreImaginedFromTheNodeTheyLeave() {
    int[][] contexts = Golden.contexts(6, 1, 3);
    MctsSettings settings = SETTINGS.withSimulations(30).withSpeculation(Speculation.OFF);
    try (WorldDecoder decoder = Golden.decoder()) {
      MctsTree tree = MonteCarloTreeSearch.create(decoder, game, settings).search(contexts).get(0);
      int[] path = tree.paths().stream().filter(p -> p.length == 3).findFirst().orElseThrow();
      float[] values = valuesAlong(decoder, contexts[0], path);
      float[] apart = valuesFromRoot(decoder, contexts[0], path);
      assertThat(values[2]).isNotCloseTo(apart[2], within(1e-4f));
      // The first state's mean is that of its own value and of what its descendants returned.
      MctsTree one =
          MonteCarloTreeSearch.create(decoder, game, settings.withSimulations(1))
              .search(contexts)
              .get(0);
      int first = one.paths().get(0)[0];
      assertThat(one.children().get(first).mean())
          .isCloseTo(valuesAlong(decoder, contexts[0], new int[] {first})[0], within(1e-4));
    }
  }

  @Test
  void imaginesAStateOnlyOnceHoweverOftenItIsReached() {
    int[][] contexts = Golden.contexts(7, 1, 3);
    MctsSettings settings =
        SETTINGS.withHorizon(1).withSimulations(40).withSpeculation(Speculation.OFF);
    try (WorldDecoder decoder = Golden.decoder()) {
      MonteCarloTreeSearch search = MonteCarloTreeSearch.create(decoder, game, settings);
      MctsTree tree = search.search(contexts).get(0);
      long tried = tree.children().stream().filter(child -> child.visits() > 0).count();
      assertThat(tree.paths()).hasSize(40);
      assertThat(search.cost().steps()).isEqualTo(tried).isLessThanOrEqualTo(4);
    }
  }

  @Test
  void theRepairedChoiceCountsTheStepsOwnRewardAndOnlyWhatWasTried() {
    assertThat(play(Mode.REPAIRED, 0)).isEqualTo(OTHER);
    // The original takes an action that it never tried: 0 is more than any value that it saw.
    assertThat(play(Mode.REFERENCE, 0)).isNotIn(ONE, OTHER);
  }

  @Test
  void whatAnActionCostsIsPaidOnTheWay() {
    // The other one returns 1 - 0.5 * 2 = 0, this one -1 - 0.5 = -1.5.
    assertThat(play(Mode.REPAIRED, 1.4f)).isEqualTo(OTHER);
    assertThat(play(Mode.REPAIRED, 1.6f)).isEqualTo(ONE);
  }

  /** Two simulations: a reward of -1 before a value of -1, and of 1 before one of -2. */
  private static int play(Mode mode, float costOfOther) {
    float[] critic = new float[WorldConfig.ACTIONS];
    Arrays.fill(critic, -5);
    critic[ONE] = -1;
    critic[OTHER] = -1.1f;
    float[] costs = new float[WorldConfig.ACTIONS];
    costs[OTHER] = costOfOther;
    MctsSettings settings =
        MctsSettings.of(mode).withHorizon(2).withSimulations(2).withDiscount(0.5);
    SearchTree tree =
        new SearchTree(settings, ActionSet.of(GAME), new ActionValues(critic, costs), new int[36]);
    for (int i = 0; i < 2; i++) {
      SearchNode leaf = tree.select().get(0);
      float[] next = new float[WorldConfig.ACTIONS];
      Arrays.fill(next, leaf.action == OTHER ? -2 : -1);
      ActionValues values = new ActionValues(next, new float[WorldConfig.ACTIONS]);
      tree.imagined(leaf, leaf.action == OTHER ? 1 : -1, false, new int[36], values);
      tree.finishWaiting();
    }
    MctsTree result = tree.result();
    if (mode == Mode.REPAIRED) {
      assertThat(result.children().get(ONE).visits()).isEqualTo(1);
      assertThat(result.children().get(OTHER).visits()).isEqualTo(1);
    }
    return result.action();
  }

  @Test
  void virtualLossesSpreadTheSimulationsInFlight() {
    int[][] contexts = Golden.contexts(8, 2, 3);
    MctsSettings settings =
        SETTINGS.withSimulations(12).withInFlight(4).withSpeculation(Speculation.OFF);
    try (WorldDecoder decoder = Golden.decoder()) {
      MonteCarloTreeSearch search = MonteCarloTreeSearch.create(decoder, game, settings);
      for (MctsTree tree : search.search(contexts)) {
        assertThat(tree.paths()).hasSize(12);
        assertThat(tree.children().stream().mapToInt(MctsTree.Child::visits).sum()).isEqualTo(12);
        Set<List<Integer>> first = new HashSet<>();
        tree.paths().subList(0, 4).forEach(path -> first.add(IntStream.of(path).boxed().toList()));
        assertThat(first).hasSizeGreaterThan(1);
        assertThat(game.validActions()[tree.action()]).isTrue();
      }
      assertThat(search.cost().steps()).isLessThan(12);
    }
  }

  @Test
  void nothingFollowsAnEndThatIsRespected() {
    int[][] contexts = Golden.contexts(9, 1, 2);
    try (WorldActionModel model = Golden.model()) {
      try (StepScope scope = StepScope.inference()) {
        model.parameters().get("head_ends.head_module.2.bias").select(0, 1).add_(new Scalar(100f));
      }
      try (WorldDecoder decoder = WorldDecoder.of(Golden.CONFIG, model.parameters()::get)) {
        MctsTree tree =
            MonteCarloTreeSearch.create(decoder, game, SETTINGS.withEnds(Ends.RESPECTED))
                .search(contexts)
                .get(0);
        assertThat(tree.paths()).allMatch(path -> path.length == 1);
        assertThat(tree.children()).allMatch(child -> child.mean() == 0);
      }
    }
  }

  @Test
  void visitsDecideWhereTheyAreAskedFor() {
    int[][] contexts = Golden.contexts(10, 1, 2);
    try (WorldDecoder decoder = Golden.decoder()) {
      MctsTree tree =
          MonteCarloTreeSearch.create(decoder, game, SETTINGS.withChoice(Choice.VISITS))
              .search(contexts)
              .get(0);
      int most = tree.children().stream().mapToInt(MctsTree.Child::visits).max().orElseThrow();
      assertThat(tree.children().get(tree.action()).visits()).isEqualTo(most);
    }
  }

  @Test
  void refusesSettingsThatMakeNoSearch() {
    MctsSettings good = MctsSettings.of(Mode.REPAIRED);
    assertThatThrownBy(() -> good.withSimulations(0))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("simulations is 0");
    assertThatThrownBy(() -> good.withTemperature(0)).hasMessageContaining("temperature is 0");
    assertThatThrownBy(() -> good.withInFlight(0)).hasMessageContaining("at least 1");
    assertThatThrownBy(() -> good.withHorizon(0)).hasMessageContaining("horizon is 0");
    assertThatThrownBy(() -> Mode.byName("fixed")).hasMessageContaining("reference or repaired");
    try (WorldDecoder decoder = Golden.decoder()) {
      assertThatThrownBy(() -> MonteCarloTreeSearch.create(decoder, game, good.withHorizon(8)))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("give 7 at most");
    }
  }

  private float[] valuesAlong(WorldDecoder decoder, int[] context, int[] path) {
    return values(decoder, context, path, true);
  }

  private float[] valuesFromRoot(WorldDecoder decoder, int[] context, int[] path) {
    return values(decoder, context, path, false);
  }

  private float[] values(WorldDecoder decoder, int[] context, int[] path, boolean deeper) {
    ActionSet valid = ActionSet.of(game);
    float[] values = new float[path.length];
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled root = decoder.prefill(new int[][] {context}, new int[] {game.id()});
      try (ContextCache cache = root.cache();
          BranchCache branch = decoder.branch(cache, 1, path.length * WorldConfig.BLOCK_TOKENS)) {
        for (int i = 0; i < path.length; i++) {
          Imagination.Frames frames =
              Imagination.tokenByToken(decoder)
                  .step(
                      branch,
                      deeper ? i * WorldConfig.BLOCK_TOKENS : 0,
                      new int[] {path[i]},
                      new int[][] {Golden.newestFrame(context)});
          values[i] = valid.best(frames.critic(), 0);
        }
      }
    }
    return values;
  }

  private static void assertSame(MctsTree actual, MctsTree expected) {
    assertThat(actual.action()).isEqualTo(expected.action());
    for (int i = 0; i < expected.paths().size(); i++) {
      assertThat(actual.paths().get(i)).isEqualTo(expected.paths().get(i));
    }
    for (int action = 0; action < expected.children().size(); action++) {
      assertThat(actual.children().get(action).mean())
          .isCloseTo(expected.children().get(action).mean(), within(1e-4));
    }
  }
}
