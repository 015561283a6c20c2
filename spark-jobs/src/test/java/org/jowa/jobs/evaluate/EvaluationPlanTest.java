package org.jowa.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.jowa.env.Protocol;
import org.jowa.jobs.config.Config;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.plan.MctsSettings;
import org.jowa.model.plan.PlannerSettings;
import org.junit.jupiter.api.Test;

final class EvaluationPlanTest {
  private static final Config RUN = Config.preset("tiny").with(List.of("world.discount=0.95"));

  @Test
  void plansWithTheDiscountThatTheModelWasTrainedWith() {
    double trained = EvaluateJob.discount(state(Map.of("world.discount", "0.9")), RUN);

    assertThat(plan(null).player("Pong").with(trained).beam().discount()).isEqualTo(0.9);
    assertThat(EvaluationPlan.options(plan(null).player("Pong").with(trained)))
        .containsEntry("discount", "0.9")
        .containsEntry("beam-width", "3")
        .containsEntry("horizon", "2");
  }

  @Test
  void takesTheRunsDiscountWhereTheCheckpointSaysNone() {
    assertThat(EvaluateJob.discount(state(Map.of()), RUN)).isEqualTo(0.95);
  }

  @Test
  void aDiscountOfTheCommandLineComesFirst() {
    assertThat(plan(0.5).player("Pong").with(0.9).beam().discount()).isEqualTo(0.5);
  }

  @Test
  void recordsWhatDecidesHowATreeSearchActs() {
    MctsSettings mcts =
        MctsSettings.of(MctsSettings.Mode.REFERENCE).withSimulations(7).withDiscount(0.9);

    assertThat(EvaluationPlan.options(PlannerSettings.mcts(mcts, 8)))
        .containsEntry("mcts-mode", "reference")
        .containsEntry("simulations", "7")
        .containsEntry("horizon", "6")
        .containsEntry("temperature", "0.9")
        .containsEntry("discount", "0.9")
        .containsEntry("mcts-choice", "value")
        .containsEntry("in-flight", "1")
        .containsEntry("ends", "ignored");
  }

  private static CheckpointState state(Map<String, String> settings) {
    return CheckpointState.of("stage2", 1, 0, 1, 1, settings, Map.of(), Map.of(), Map.of());
  }

  private static EvaluationPlan plan(Double discount) {
    return EvaluationPlan.of(
        "run",
        null,
        "run",
        List.of("Pong"),
        new Player(PlannerSettings.beam(3, 2, 8), discount),
        Protocol.JOWA,
        1,
        0,
        100,
        "name");
  }

  @Test
  void showsSettingsOfASingleGameBehindItsNameWhereTheyDiffer() {
    Player all = new Player(PlannerSettings.beam(2, 2, 8), null);
    EvaluationPlan plan =
        new EvaluationPlan(
            "run",
            null,
            "run",
            List.of("Pong", "Breakout"),
            all,
            Map.of("Pong", new Player(PlannerSettings.beam(4, 2, 8), 0.5), "Breakout", all),
            1000L,
            Protocol.JOWA,
            1,
            0,
            100,
            "name",
            false);

    assertThat(plan.options(0.9))
        .containsEntry("beam-width", "2")
        .containsEntry("discount", "0.9")
        .containsEntry("Pong.beam-width", "4")
        .containsEntry("Pong.discount", "0.5")
        .containsEntry("tuned-on-seed", "1000")
        .doesNotContainKeys("Pong.horizon", "Pong.planner", "Breakout.beam-width");
    assertThat(plan.plannerName()).isEqualTo("beam");
  }
}
