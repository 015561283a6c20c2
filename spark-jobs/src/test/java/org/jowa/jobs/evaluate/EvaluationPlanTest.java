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

    assertThat(plan(null).plannerWith(trained).beam().discount()).isEqualTo(0.9);
    assertThat(EvaluationPlan.options(plan(null).plannerWith(trained)))
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
    assertThat(plan(0.5).plannerWith(0.9).beam().discount()).isEqualTo(0.5);
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
    return new EvaluationPlan(
        "run",
        null,
        "run",
        List.of("Pong"),
        PlannerSettings.beam(3, 2, 8),
        discount,
        Protocol.JOWA,
        1,
        0,
        100,
        "name");
  }
}
