package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.model.plan.BeamSettings.Speculation;
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

  @Test
  void tokensOfOnePassAreCheaperThanPassesOfOneToken() {
    assertThat(SpeculationChoice.cost(36)).isLessThan(36 * SpeculationChoice.cost(1));
    assertThat(SpeculationChoice.cost(36)).isGreaterThan(SpeculationChoice.cost(4));
    // Where arithmetic decides, twice the tokens take twice the time.
    assertThat(SpeculationChoice.cost(1200) / SpeculationChoice.cost(600)).isEqualTo(2);
  }

  /** Random contexts are followed by no frame like their last; a constant model repeats one. */
  @Test
  void choosesOnceByWhatPlansInAFewContextsCost() {
    TorchRuntime.setThreads(1);
    Game game = Games.byName("Breakout");
    PlannerSettings settings = PlannerSettings.beam(2, 2, 5);
    List<int[][]> contexts = List.of(Golden.contexts(1, 3, 2), Golden.contexts(2, 3, 3));
    List<int[][]> blank = List.<int[][]>of(new int[3][73]);
    try (WorldActionModel model = Golden.model();
        WorldDecoder decoder = Golden.decoder();
        WorldDecoder constant =
            WorldDecoder.of(
                Golden.CONFIG, name -> torch.zeros_like(model.parameters().get(name)))) {
      assertThat(SpeculationChoice.once(decoder, game, settings, contexts))
          .isEqualTo(Speculation.OFF);
      assertThat(SpeculationChoice.once(constant, game, settings, blank)).isEqualTo(Speculation.ON);
    }
  }
}
