package org.jowa.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jowa.env.Protocol;
import org.jowa.env.game.Games;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class GroupPlayTest {
  @Test
  void episodesDependOnNeitherThreadsNorOrder() throws IOException {
    Map<Integer, String> expected = play(1, List.of(0, 1, 2, 3, 4, 5));
    assertThat(expected).hasSize(6);
    assertThat(expected.values()).doesNotHaveDuplicates();
    assertThat(play(3, List.of(5, 4, 3, 2, 1, 0))).isEqualTo(expected);
    assertThat(play(8, List.of(2, 0, 5, 1, 3, 4))).isEqualTo(expected);
  }

  /** What came of each episode, and what was done in it. */
  private static Map<Integer, String> play(int threads, List<Integer> order) throws IOException {
    TorchRuntime.init();
    EvaluationPlan plan =
        EvaluationPlan.of(
            "run",
            null,
            null,
            List.of("Breakout"),
            new Player(PlannerSettings.none(1), 0.99),
            Protocol.byName("machado"),
            order.size(),
            3,
            60,
            "test");
    TaskProgress progress = TaskProgress.none();
    Map<Integer, String> played = new TreeMap<>();
    EpisodeGroup group = new EpisodeGroup("Breakout", order, true);
    try (GroupPlay play =
        new GroupPlay(
            plan,
            group,
            rom(),
            threads,
            progress,
            (episode, result, actions) ->
                played.put(episode.number(), result + " " + Arrays.toString(actions)))) {
      play.playRandomly();
    }
    return played;
  }

  private static Rom rom() {
    try {
      return RomLocator.of(Optional.empty()).locate(Games.byName("Breakout"));
    } catch (InvalidInputException e) {
      return Assumptions.abort(e.getMessage());
    }
  }

  @Test
  void whatFailsInARowFailsWhenAllHaveEnded() {
    AtomicIntegerArray done = new AtomicIntegerArray(4);
    try (InRows rows = InRows.of(4, 2)) {
      assertThatThrownBy(
              () ->
                  rows.each(
                      row -> {
                        done.set(row, 1);
                        if (row == 1) {
                          throw new IllegalStateException("row " + row);
                        }
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("row 1");
    }
    assertThat(done).hasToString("[1, 1, 1, 1]");
  }
}
