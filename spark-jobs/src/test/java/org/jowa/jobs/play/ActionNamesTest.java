package org.jowa.jobs.play;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActionNamesTest {
  @ParameterizedTest
  @CsvSource({
    "Seaquest, up right fire, uprightfire",
    "Seaquest, down left, downleft",
    "Seaquest, left right up, up",
    "Breakout, left, left",
    "Breakout, left fire, fire",
    "Breakout, fire, fire",
    "Breakout, '', noop",
    "SpaceInvaders, right fire, rightfire",
    "SpaceInvaders, up fire, rightfire",
    "Pong, up, right",
    "Pong, down, left",
    "Pong, up down, noop",
    "Freeway, up fire, up",
  })
  void theNearestActionThatTheGameKnows(String game, String keys, String expected) {
    int action = ActionNames.action(Games.byName(game), Set.of(keys.split(" ")));
    assertThat(ActionNames.of(action)).isEqualTo(expected);
  }

  @Test
  void everyGameKnowsWhatItIsGiven() {
    for (Game game : Games.all()) {
      for (String keys : new String[] {"up", "down fire", "left up fire", "right", "fire"}) {
        int action = ActionNames.action(game, Set.of(keys.split(" ")));
        assertThat(game.toMinimalIndex(action)).as("%s in %s", keys, game).isNotNegative();
      }
    }
  }
}
