package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.Test;

class SpeculationChoiceTest {
  @Test
  void goesOnGuessingWhileThatIsCheaper() {
    SpeculationChoice choice = new SpeculationChoice();
    for (int frame = 0; frame < 500; frame++) {
      assertThat(choice.guesses(8)).isTrue();
      choice.took(8, 0.6);
    }
  }

  @Test
  void givesUpWhereGuessingIsDearerAndLooksAgainNowAndThen() {
    SpeculationChoice choice = new SpeculationChoice();
    int guessed = 0;
    for (int frame = 0; frame < 1000; frame++) {
      if (choice.guesses(16)) {
        guessed++;
        choice.took(16, 1.5);
      }
    }
    assertThat(guessed).isBetween(10, 30);
    assertThat(choice.guesses(8)).as("another number of branches").isTrue();
  }

  @Test
  void comesBackWhenGuessesAreRightAgain() {
    SpeculationChoice choice = new SpeculationChoice();
    choice.took(16, 1.2);
    int guessed = 0;
    for (int frame = 0; frame < 1000; frame++) {
      if (choice.guesses(16)) {
        guessed++;
        choice.took(16, 0.2);
      }
    }
    assertThat(guessed).isGreaterThan(800);
  }

  /**
   * Of many environments a pass takes time in proportion to what it is fed, and random contexts are
   * followed by no frame like their last; a constant model repeats one.
   */
  @Test
  void choosesOnceByWhatPlansInAFewContextsCost() {
    TorchRuntime.setThreads(1);
    Game game = Games.byName("Breakout");
    PlannerSettings settings = PlannerSettings.beam(2, 1, 5);
    WorldConfig wide = Golden.CONFIG.with(sizes -> sizes.layers(1).heads(2).width(256));
    List<int[][]> contexts = List.<int[][]>of(Golden.contexts(1, 32, 2));
    List<int[][]> blank = List.<int[][]>of(new int[32][73]);
    try (WorldActionModel model = WorldActionModel.create(wide, 1);
        WorldDecoder decoder = WorldDecoder.of(wide, model.parameters()::get);
        WorldDecoder constant =
            WorldDecoder.of(wide, name -> torch.zeros_like(model.parameters().get(name)))) {
      assertThat(SpeculationChoice.once(decoder, game, settings, contexts))
          .isEqualTo(Speculation.OFF);
      assertThat(SpeculationChoice.once(constant, game, settings, blank)).isEqualTo(Speculation.ON);
    }
  }
}
