package org.jowa.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jowa.jobs.evaluate.EpisodeGroup.Episode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpisodeGroupTest {
  private static final List<String> GAMES = List.of("Pong", "Breakout");

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 100})
  void everyEpisodeIsInOneGroupOfAgentAndRandomPlayerEach(int tasks) {
    List<Episode> episodes = new ArrayList<>();
    for (EpisodeGroup group : EpisodeGroup.of(GAMES, 6, episode -> true, tasks)) {
      assertThat(group.episodes()).isNotEmpty();
      group.episodes().forEach(number -> episodes.add(group.episode(number)));
    }
    assertThat(episodes).doesNotHaveDuplicates().hasSize(2 * 2 * 6);
  }

  @Test
  void thereAreAsManyGroupsAsKeepTasksAndRowsBusy() {
    assertThat(EpisodeGroup.of(GAMES, 16, episode -> !episode.random(), 4)).hasSize(4);
    assertThat(EpisodeGroup.of(GAMES, 16, episode -> !episode.random(), 100))
        .hasSize(8)
        .allMatch(group -> group.episodes().size() == EpisodeGroup.WIDTH);
  }

  @Test
  void whatIsPlayedAlreadyIsInNoGroup() {
    List<EpisodeGroup> groups =
        EpisodeGroup.of(GAMES, 5, episode -> episode.number() == 3 && episode.random(), 2);
    assertThat(groups)
        .containsExactly(
            new EpisodeGroup("Pong", List.of(3), true),
            new EpisodeGroup("Breakout", List.of(3), true));
    assertThat(EpisodeGroup.of(GAMES, 5, episode -> false, 2)).isEmpty();
  }

  @Test
  void seedsDifferBetweenEpisodesAndGamesAndAgreeForAgentAndRandomPlayer() {
    Set<Integer> seeds = new HashSet<>();
    for (String game : GAMES) {
      for (int number = 0; number < 8; number++) {
        int seed = new Episode(game, number, false).emulatorSeed(5);
        assertThat(seed)
            .isNotNegative()
            .isNotEqualTo(new Episode(game, number, false).emulatorSeed(6))
            .isEqualTo(new Episode(game, number, true).emulatorSeed(5));
        seeds.add(seed);
      }
    }
    assertThat(seeds).hasSize(2 * 8);
  }
}
