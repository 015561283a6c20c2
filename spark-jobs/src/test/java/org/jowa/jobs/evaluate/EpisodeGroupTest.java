package org.jowa.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EpisodeGroupTest {
  private static final List<String> GAMES = List.of("Pong", "Breakout");

  @Test
  void everyEpisodeIsInOneGroupOfAgentAndRandomPlayerEach() {
    List<String> episodes = new ArrayList<>();
    for (EpisodeGroup group : EpisodeGroup.of(GAMES, 6)) {
      assertThat(group.episodes()).isBetween(1, EpisodeGroup.WIDTH);
      for (int row = 0; row < group.episodes(); row++) {
        episodes.add(group.game() + " " + (group.first() + row) + " " + group.random());
      }
    }
    assertThat(episodes).doesNotHaveDuplicates().hasSize(2 * 2 * 6);
  }

  @Test
  void moreEpisodesLeaveTheEarlierOnesWhereTheyWere() {
    List<EpisodeGroup> more = EpisodeGroup.of(GAMES, 3 * EpisodeGroup.WIDTH);
    assertThat(more).containsAll(EpisodeGroup.of(GAMES, 2 * EpisodeGroup.WIDTH));
  }

  @Test
  void seedsDifferBetweenEpisodesAndGamesAndAgreeForAgentAndRandomPlayer() {
    Set<Integer> seeds = new HashSet<>();
    for (EpisodeGroup group : EpisodeGroup.of(GAMES, 8)) {
      for (int row = 0; row < group.episodes(); row++) {
        int seed = group.emulatorSeed(5, row);
        assertThat(seed).isNotNegative().isNotEqualTo(group.emulatorSeed(6, row));
        EpisodeGroup other =
            new EpisodeGroup(group.game(), group.first(), group.episodes(), !group.random());
        assertThat(other.emulatorSeed(5, row)).isEqualTo(seed);
        seeds.add(seed);
      }
    }
    assertThat(seeds).hasSize(2 * 8);
  }
}
