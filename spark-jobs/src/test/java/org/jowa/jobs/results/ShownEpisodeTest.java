package org.jowa.jobs.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import org.jowa.jobs.results.ShownEpisode.Kind;
import org.junit.jupiter.api.Test;

class ShownEpisodeTest {
  @Test
  void theTypicalTheBestAndTheWorst() {
    assertThat(shown(3, 9, 1, 5))
        .extracting(ShownEpisode::kind, shown -> shown.episode().rawReturn())
        .containsExactly(tuple(Kind.TYPICAL, 3.0), tuple(Kind.BEST, 9.0), tuple(Kind.WORST, 1.0));
    assertThat(shown(3, 9, 1, 5))
        .extracting(ShownEpisode::file)
        .contains("clips/Pong-best.gif", "clips/Pong-worst.gif");
  }

  @Test
  void noOutcomeIsShownTwice() {
    assertThat(shown(3, 9)).extracting(ShownEpisode::kind).containsExactly(Kind.BEST, Kind.WORST);
    assertThat(shown(4, 4, 4)).extracting(ShownEpisode::kind).containsExactly(Kind.TYPICAL);
    assertThat(shown(4)).extracting(ShownEpisode::kind).containsExactly(Kind.TYPICAL);
  }

  @Test
  void theBestAndTheWorstAreShownToTheirEnd() {
    assertThat(shown(3, 9, 1).get(0).firstStep()).isZero();
    assertThat(shown(3, 9, 1).get(0).endStep()).isEqualTo(450);
    assertThat(shown(3, 9, 1).get(1).firstStep()).isEqualTo(550);
    assertThat(shown(3, 9, 1).get(1).endStep()).isEqualTo(1000);
  }

  private static List<ShownEpisode> shown(double... returns) {
    List<EpisodeResult> episodes = new ArrayList<>();
    for (double rawReturn : returns) {
      episodes.add(new EpisodeResult("Pong", episodes.size(), 7, rawReturn, 1000, false));
    }
    return ShownEpisode.of(episodes);
  }
}
