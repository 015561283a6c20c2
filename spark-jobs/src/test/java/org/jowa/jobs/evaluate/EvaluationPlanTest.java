package org.jowa.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jowa.env.Protocol;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.evaluate.Player.Open;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.plan.MctsSettings;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.settings.WorldConfig;
import org.junit.jupiter.api.Test;

final class EvaluationPlanTest {
  private static final Config RUN = Config.preset("tiny").with(List.of("world.discount=0.95"));
  private static final WorldConfig MODEL = model(8);

  @Test
  void plansWithTheDiscountThatTheModelWasTrainedWith() {
    double trained = TrainedAgent.discount(state(Map.of("world.discount", "0.9")), RUN);

    assertThat(withDiscount(null).with(MODEL, trained).planner("Pong").beam().discount())
        .isEqualTo(0.9);
    assertThat(withDiscount(null).with(MODEL, trained).options())
        .containsEntry("discount", "0.9")
        .containsEntry("beam-width", "3")
        .containsEntry("horizon", "2");
  }

  @Test
  void takesTheRunsDiscountWhereTheCheckpointSaysNone() {
    assertThat(TrainedAgent.discount(state(Map.of()), RUN)).isEqualTo(0.95);
  }

  @Test
  void aDiscountOfTheCommandLineComesFirst() {
    assertThat(withDiscount(0.5).with(MODEL, 0.9).planner("Pong").beam().discount()).isEqualTo(0.5);
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

  @Test
  void whatNobodyGaveIsTheModels() {
    Player beam = open(PlannerSettings.beam(2, 2, 1));
    Player search = open(PlannerSettings.mcts(MctsSettings.of(MctsSettings.Mode.REPAIRED), 1));

    assertThat(plan(beam).with(model(8), 0.9).options())
        .containsEntry("context", "8")
        .containsEntry("horizon", "2");
    assertThat(plan(beam).with(model(4), 0.9).options())
        .containsEntry("context", "4")
        .containsEntry("horizon", "2");
    assertThat(plan(beam).with(model(2), 0.9).options())
        .containsEntry("context", "2")
        .containsEntry("horizon", "1");
    assertThat(plan(search).with(model(8), 0.9).options()).containsEntry("horizon", "6");
    assertThat(plan(search).with(model(4), 0.9).options())
        .containsEntry("context", "4")
        .containsEntry("horizon", "3");
  }

  @Test
  void whatWasGivenIsNeverChanged() {
    Player context = new Player(PlannerSettings.beam(2, 2, 5), null, Set.of(Open.HORIZON));
    Player horizon = new Player(PlannerSettings.beam(2, 4, 1), null, Set.of(Open.CONTEXT));

    assertThat(plan(context).with(model(8), 0.9).options()).containsEntry("context", "5");
    assertThatThrownBy(() -> plan(context).with(model(4), 0.9))
        .isInstanceOf(UsageException.class)
        .hasMessage("context is 5, but the model holds 4 blocks: give 4 at most, or nothing");
    assertThatThrownBy(() -> plan(horizon).with(model(4), 0.9))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("horizon is 4, but the model holds 4 blocks")
        .hasMessageContaining("give 3 at most");
  }

  private static Player open(PlannerSettings settings) {
    return new Player(settings, null, Set.of(Open.CONTEXT, Open.HORIZON));
  }

  private static WorldConfig model(int blocks) {
    return RUN.with(List.of("world.blocks=" + blocks)).settings().world().withCodes(64).model();
  }

  private static CheckpointState state(Map<String, String> settings) {
    return CheckpointState.of("stage2", 1, 0, 1, 1, settings, Map.of(), Map.of(), Map.of());
  }

  private static EvaluationPlan withDiscount(Double discount) {
    return plan(new Player(PlannerSettings.beam(3, 2, 8), discount));
  }

  private static EvaluationPlan plan(Player player) {
    return EvaluationPlan.of(
        "run", null, "run", List.of("Pong"), player, Protocol.JOWA, 1, 0, 100, "name");
  }

  @Test
  void supportOfThePlanTakesThePlaceOfTheModels() {
    Config withBehaviour = RUN.with(List.of("world.behaviour.steps=10", "world.support=0.5"));
    assertThat(agent(withBehaviour, null).world().support()).isEqualTo(0.5);
    assertThat(agent(withBehaviour, 1.0).world())
        .isEqualTo(agent(withBehaviour, null).world().withSupport(1));
    assertThat(agent(RUN, 0.0).world().support()).isZero();
    EvaluationPlan plan = withDiscount(null);
    assertThat(playing(plan, withBehaviour).model().support()).isEqualTo(0.5);
    assertThat(playing(plan.withSupport(1.0), withBehaviour).model().support()).isEqualTo(1);
    assertThatThrownBy(() -> agent(RUN, 0.3).world())
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("--support 0.3 needs a model that knows what the players do");
  }

  private static EvaluateTask playing(EvaluationPlan plan, Config config) {
    return new EvaluateTask(
        plan, PlannerSettings.none(2), "roms", "tokenizer", "model", config, 512);
  }

  private static TrainedAgent agent(Config config, Double support) {
    return new TrainedAgent(config, null, new TrainedTokenizer("checkpoint", "hash", 512), support);
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
            Map.of(
                "Pong",
                new Player(PlannerSettings.beam(4, 2, 8).withBehaviourWeight(0.1), 0.5),
                "Breakout",
                all),
            0.3,
            1000L,
            Protocol.JOWA,
            1,
            0,
            100,
            "name",
            false);

    assertThatThrownBy(() -> plan.with(model(2), 0.9))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("Settings of Pong: context is 8, but");
    assertThatThrownBy(() -> plan.with(MODEL, 0.9))
        .hasMessageStartingWith("Settings of Pong: behaviour-weight is 0.1, but the model has no");
    assertThat(plan.with(MODEL.withBehaviourWidth(8), 0.9).options())
        .containsEntry("beam-width", "2")
        .containsEntry("discount", "0.9")
        .containsEntry("Pong.beam-width", "4")
        .containsEntry("Pong.discount", "0.5")
        .containsEntry("Pong.behaviour-weight", "0.1")
        .containsEntry("support", "0.3")
        .containsEntry("tuned-on-seed", "1000")
        .doesNotContainKeys(
            "Pong.horizon", "Pong.planner", "behaviour-weight", "Breakout.beam-width");
    assertThat(plan.plannerName()).isEqualTo("beam");
  }
}
