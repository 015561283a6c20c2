package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;

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
  }
}
