package org.jowa.env.game;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jowa.env.Golden;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;

class GamesTest {
  @Test
  void namesAndMinimalActionsEqualTheReference() {
    JsonNode golden = Golden.json("games.json");
    assertThat(golden.get("names")).hasSize(Games.COUNT);
    assertThat(Games.all()).hasSize(Games.COUNT);
    for (Game game : Games.all()) {
      assertThat(game.name()).isEqualTo(golden.get("names").get(game.id()).asText());
      List<Integer> actions = new ArrayList<>();
      golden.get("limited").get(game.name()).forEach(action -> actions.add(action.asInt()));
      assertThat(game.minimalActions()).as(game.name()).isEqualTo(actions);
    }
  }

  @Test
  void scoresEqualTheReference() {
    JsonNode golden = Golden.json("scores.json").get("base");
    assertThat(Games.all().stream().filter(game -> game.scores().isPresent()))
        .hasSize(golden.size());
    golden
        .properties()
        .forEach(
            entry ->
                assertThat(Games.byName(entry.getKey()).scores())
                    .as(entry.getKey())
                    .contains(
                        new ReferenceScores(
                            entry.getValue().get("random").asDouble(),
                            entry.getValue().get("human").asDouble(),
                            entry.getValue().get("dqn").asDouble())));
  }

  @Test
  void normalisedScoresEqualTheReference() {
    Golden.json("scores.json")
        .get("table")
        .forEach(
            algorithm ->
                algorithm
                    .get("Raw Score")
                    .properties()
                    .forEach(
                        entry -> {
                          ReferenceScores scores =
                              Games.byName(entry.getKey()).scores().orElseThrow();
                          double raw = entry.getValue().asDouble();
                          assertThat(scores.humanNormalised(raw))
                              .isCloseTo(
                                  algorithm.get("HNS").get(entry.getKey()).asDouble(),
                                  within(1e-12));
                          assertThat(scores.dqnNormalised(raw))
                              .isCloseTo(
                                  algorithm.get("DNS").get(entry.getKey()).asDouble(),
                                  within(1e-12));
                        }));
  }

  @Test
  void actionsTranslateBothWays() {
    for (Game game : Games.all()) {
      boolean[] valid = game.validActions();
      assertThat(valid).hasSize(Games.FULL_ACTIONS);
      for (int action = 0; action < Games.FULL_ACTIONS; action++) {
        int index = game.toMinimalIndex(action);
        assertThat(index >= 0).isEqualTo(valid[action]);
        if (index >= 0) {
          assertThat(game.toFullAction(index)).isEqualTo(action);
        }
      }
    }
    assertThat(Games.byName("Pong").toMinimalIndex(2)).isEqualTo(-1);
  }

  @Test
  void romNamesAreTheEmulators() {
    assertThat(Games.byName("Pong").romName()).isEqualTo("pong");
    assertThat(Games.byName("MsPacman").romName()).isEqualTo("ms_pacman");
    assertThat(Games.byName("NameThisGame").romName()).isEqualTo("name_this_game");
    assertThat(Games.byName("UpNDown").romName()).isEqualTo("up_n_down");
  }

  @Test
  void unknownGameSuggestsTheNearestName() {
    assertThatThrownBy(() -> Games.byName("spaceinvader"))
        .isInstanceOf(UsageException.class)
        .hasMessage("Unknown game 'spaceinvader'; did you mean SpaceInvaders?");
    assertThatThrownBy(() -> Games.byName("Minecraft3D"))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("Unknown game 'Minecraft3D'");
  }

  @Test
  void idsOutsideTheTableAreRefused() {
    assertThat(Games.byId(39)).isSameAs(Games.byName("Pong"));
    assertThatThrownBy(() -> Games.byId(60)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Games.byId(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
