package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BehaviourPenaltyTest {
  private static final int ROWS = 12;
  private static final double WEIGHT = 0.3;

  private final Game game = Games.byName("Breakout");
  private final int[][] contexts = Golden.contexts(3, ROWS, 3);
  private WorldDecoder decoder;

  @BeforeEach
  void makeAModelWhosePlayersPreferSomeActions() {
    TorchRuntime.setThreads(1);
    WorldConfig config = Golden.CONFIG.with(sizes -> sizes.behaviourWidth(8));
    try (WorldActionModel model = WorldActionModel.create(config, 1)) {
      try (StepScope scope = StepScope.inference()) {
        model.parameters().get("behaviour.frame.4.weight").mul_(new Scalar(100f));
      }
      decoder = WorldDecoder.of(config, model.parameters()::get);
    }
  }

  @AfterEach
  void close() {
    decoder.close();
  }

  @Test
  void anActionCostsTheLogarithmOfHowRareItIs() {
    int[] games = IntStream.generate(game::id).limit(ROWS).toArray();
    float[] shares = decoder.behaviour(contexts, games);
    int[] valid = ActionSet.of(game).actions();
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled root = decoder.prefill(contexts, games);
      root.cache().close();
      float[] critic = decoder.critic(root);
      float[] less = critic.clone();
      float[] costs = new BehaviourPenalty(decoder, game, WEIGHT).takeOff(less, root.frames());
      for (int row = 0; row < ROWS; row++) {
        int from = row * WorldConfig.ACTIONS;
        float likeliest = 0;
        for (int action : valid) {
          likeliest = Math.max(likeliest, shares[from + action]);
        }
        for (int action : valid) {
          int at = from + action;
          double cost = WEIGHT * Math.log(likeliest / shares[at]);
          assertThat(costs[at]).isCloseTo((float) cost, within(1e-4f));
          assertThat(less[at]).isEqualTo(critic[at] - costs[at]);
        }
      }
      assertThat(costs).contains(Float.POSITIVE_INFINITY);
      float[] same = critic.clone();
      assertThat(new BehaviourPenalty(decoder, game, 0).takeOff(same, root.frames()))
          .containsOnly(0);
      assertThat(same).isEqualTo(critic);
    }
  }

  @Test
  void allPlannersDoWhatPlayersMostlyDoWhereRareActionsCostMuch() {
    int[] players = BehaviourPlanner.create(decoder, game).plan(contexts);
    assertThat(Arrays.stream(players).distinct().count()).isGreaterThan(1);
    PlannerSettings beam = PlannerSettings.beam(2, 2, 5);
    MctsSettings tree = MctsSettings.of(MctsSettings.Mode.REPAIRED).withHorizon(3);
    for (PlannerSettings settings :
        List.of(PlannerSettings.none(8), beam, PlannerSettings.mcts(tree, 5))) {
      Planner free = settings.create(decoder, game, 0);
      assertThat(free.plan(contexts)).as("%s", settings).isNotEqualTo(players);
      Planner bound = settings.withBehaviourWeight(1e4).create(decoder, game, 0);
      assertThat(bound.plan(contexts)).as("%s", settings).isEqualTo(players);
    }
  }

  @Test
  void beamSearchPaysAtEveryStepOfAPath() {
    double discount = 0.9;
    BeamSettings settings = BeamSettings.of(3, 2).withDiscount(discount);
    List<BeamTree> trees =
        BeamSearch.create(decoder, game, settings, WEIGHT, null).search(contexts);
    double paid = 0;
    for (int i = 0; i < ROWS; i++) {
      BeamTree tree = trees.get(i);
      for (BeamTree.Node node : tree.nodes()) {
        double expected = node.value();
        for (BeamTree.Node at = node; at.parent() >= 0; at = tree.nodes().get(at.parent())) {
          double cost = cost(seen(contexts[i], tree, tree.nodes().get(at.parent())), at.action());
          expected = at.reward() - cost + discount * expected;
          paid += cost;
        }
        assertThat(node.score()).isCloseTo(expected, within(1e-4));
      }
    }
    assertThat(paid).isGreaterThan(1);
  }

  /** The context of a state that was imagined. */
  private static int[] seen(int[] context, BeamTree tree, BeamTree.Node node) {
    if (node.parent() < 0) {
      return context;
    }
    IntStream before = Arrays.stream(seen(context, tree, tree.nodes().get(node.parent())));
    IntStream step = IntStream.concat(IntStream.of(node.action()), Arrays.stream(node.tokens()));
    return IntStream.concat(before, step).toArray();
  }

  private double cost(int[] context, int action) {
    float[] shares = decoder.behaviour(new int[][] {context}, new int[] {game.id()});
    double likeliest =
        IntStream.range(0, shares.length).mapToDouble(a -> shares[a]).max().orElse(0);
    return WEIGHT * Math.log(likeliest / shares[action]);
  }

  @Test
  void whatAModelCannotSayIsNamed() {
    try (WorldDecoder without = Golden.decoder()) {
      assertThatThrownBy(
              () -> PlannerSettings.none(8).withBehaviourWeight(0.1).create(without, game, 0))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("behaviour-weight is 0.1, but the model has no behaviour network");
    }
    assertThatThrownBy(() -> PlannerSettings.none(8).withBehaviourWeight(-1))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("behaviour-weight is -1.0");
    assertThatThrownBy(() -> PlannerSettings.none(8).withBehaviourWeight(Double.NaN))
        .hasMessageContaining("NaN");
  }
}
