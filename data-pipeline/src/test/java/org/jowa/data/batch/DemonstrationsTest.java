package org.jowa.data.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StoredEpisode;
import org.junit.jupiter.api.Test;

class DemonstrationsTest {
  private static final StoredEpisode POOR = episode(39, 0, 100, 1, -21);
  private static final StoredEpisode FAIR = episode(39, 0, 100, 2, -10);
  private static final StoredEpisode GOOD = episode(39, 0, 100, 1, 3);
  private static final StoredEpisode OTHER_GAME = episode(13, 0, 50, 1, -30);
  private static final StoredEpisode HELD_OUT = episode(39, Shard.HELD_OUT_LANE, 900, 1, 21);

  private static final List<StoredEpisode> ALL = List.of(POOR, FAIR, OTHER_GAME, GOOD, HELD_OUT);

  @Test
  void theBestEpisodesOfEachGameFillTheShare() {
    assertThat(in(1)).containsExactly(POOR, FAIR, OTHER_GAME, GOOD, HELD_OUT);
    // Of Pong's 400 steps for training GOOD has a quarter, FAIR half of them.
    assertThat(in(0.75)).containsExactly(FAIR, OTHER_GAME, GOOD, HELD_OUT);
    assertThat(in(0.25)).containsExactly(OTHER_GAME, GOOD, HELD_OUT);
    assertThat(in(0.26)).containsExactly(FAIR, OTHER_GAME, GOOD, HELD_OUT);
    assertThat(in(0.001)).containsExactly(OTHER_GAME, GOOD, HELD_OUT);
  }

  private static List<StoredEpisode> in(double share) {
    Demonstrations demonstrations = new Demonstrations(ALL, share);
    return ALL.stream().filter(demonstrations::contains).toList();
  }

  private static StoredEpisode episode(int game, int lane, int length, int copies, double sum) {
    return new StoredEpisode(game, 1, 0, lane, 0, 0, length, copies, sum, null);
  }
}
