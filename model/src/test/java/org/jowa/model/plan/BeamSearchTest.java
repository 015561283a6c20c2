package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jowa.model.plan.BeamSettings.Ends;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BeamSearchTest {
  private final Game game = Games.byName("Assault");

  @BeforeEach
  void useOneThread() {
    TorchRuntime.setThreads(1);
  }

  @Test
  void environmentsAreSearchedTogetherAsAlone() {
    int[][] contexts = Golden.contexts(4, 3, 2);
    try (WorldDecoder decoder = Golden.decoder()) {
      BeamSearch search = BeamSearch.create(decoder, game, BeamSettings.of(2, 3));
      List<BeamTree> together = search.search(contexts);
      for (int i = 0; i < contexts.length; i++) {
        assertSame(together.get(i), search.search(new int[][] {contexts[i]}).get(0));
      }
    }
  }

  @Test
  void speculationFindsTheSameTree() {
    int[][] contexts = Golden.contexts(5, 2, 3);
    BeamSettings settings = BeamSettings.of(3, 2);
    try (WorldDecoder decoder = Golden.decoder()) {
      BeamSearch with = BeamSearch.create(decoder, game, settings);
      BeamSearch without =
          BeamSearch.create(decoder, game, settings.withSpeculation(Speculation.OFF));
      List<BeamTree> expected = without.search(contexts);
      List<BeamTree> trees = with.search(contexts);
      for (int i = 0; i < contexts.length; i++) {
        assertSame(trees.get(i), expected.get(i));
      }
      assertThat(without.cost().passes()).isEqualTo(2 * 37);
      assertThat(with.cost().passes()).isLessThan(2 * 37);
    }
  }

  @Test
  void nothingIsEarnedAfterAnEndThatIsRespected() {
    int[][] contexts = Golden.contexts(6, 1, 1);
    try (WorldActionModel model = Golden.model()) {
      try (StepScope scope = StepScope.inference()) {
        model.parameters().get("head_ends.head_module.2.bias").select(0, 1).add_(new Scalar(100f));
      }
      try (WorldDecoder decoder = WorldDecoder.of(Golden.CONFIG, model.parameters()::get)) {
        BeamSettings settings = BeamSettings.of(2, 2);
        BeamTree ignored = BeamSearch.create(decoder, game, settings).search(contexts).get(0);
        assertThat(ignored.nodes().get(1).value()).isGreaterThan(1);
        BeamTree respected =
            BeamSearch.create(decoder, game, settings.withEnds(Ends.RESPECTED))
                .search(contexts)
                .get(0);
        for (BeamTree.Node node : respected.nodes().subList(1, respected.nodes().size())) {
          assertThat(node.value()).isZero();
          if (node.parent() > 0) {
            assertThat(node.reward()).isZero();
            assertThat(node.score()).isEqualTo(respected.nodes().get(node.parent()).score());
          }
        }
      }
    }
  }

  @Test
  void refusesHorizonThatLeavesNoRoomForAContext() {
    try (WorldDecoder decoder = Golden.decoder()) {
      assertThatThrownBy(() -> BeamSearch.create(decoder, game, BeamSettings.of(2, 8)))
          .isInstanceOf(UsageException.class)
          .hasMessageContaining("horizon is 8")
          .hasMessageContaining("give 7 at most");
      assertThat(BeamSearch.create(decoder, game, BeamSettings.of(2, 7)).contextBlocks())
          .isEqualTo(1);
    }
  }

  private static void assertSame(BeamTree actual, BeamTree expected) {
    assertThat(actual.action()).isEqualTo(expected.action());
    assertThat(actual.nodes()).hasSameSizeAs(expected.nodes());
    for (int i = 0; i < expected.nodes().size(); i++) {
      BeamTree.Node node = actual.nodes().get(i);
      BeamTree.Node other = expected.nodes().get(i);
      assertThat(node.parent()).isEqualTo(other.parent());
      assertThat(node.action()).isEqualTo(other.action());
      assertThat(node.reward()).isEqualTo(other.reward());
      assertThat(node.tokens()).isEqualTo(other.tokens());
      assertThat(node.score()).isCloseTo(other.score(), within(1e-4));
    }
  }

  @Test
  void thePlanIsThePathThatBeginsWithTheChosenAction() {
    try (WorldDecoder decoder = Golden.decoder()) {
      for (int horizon = 0; horizon <= 3; horizon++) {
        BeamSearch search = BeamSearch.create(decoder, game, BeamSettings.of(2, horizon));
        for (BeamTree tree : search.search(Golden.contexts(7, 3, 3))) {
          List<BeamTree.Node> plan = tree.plan();
          assertThat(plan).hasSize(horizon);
          if (horizon > 0) {
            assertThat(plan.get(0).action()).isEqualTo(tree.action());
            assertThat(plan.get(0).parent()).isZero();
          }
        }
      }
    }
  }
}
