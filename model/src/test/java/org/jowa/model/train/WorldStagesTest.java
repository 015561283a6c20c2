package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jowa.model.settings.Objective;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.junit.jupiter.api.Test;

/** What a world model learns in which stage. */
class WorldStagesTest extends TrainingTests {
  @Test
  void theBehaviourNetworkLearnsAloneAndFirst() throws IOException {
    SmallWorldTraining whole = attempt("whole");
    whole.behaviour = 60;
    whole.stage1 = 3;
    whole.stage2 = 3;
    whole.toTheEnd();
    List<JsonNode> lines = whole.metrics();
    JsonNode first = lines.get(0);
    JsonNode last =
        lines.stream().filter(line -> line.get("step").asLong() == 60).findFirst().orElseThrow();
    assertThat(last.get("stage").asText()).isEqualTo("behaviour");
    // One of three actions follows from the frame.
    assertThat(last.at("/heldOut/cloning").asDouble())
        .isLessThan(first.at("/heldOut/cloning").asDouble() - 0.5);
    assertThat(whole.weights(60, "transformer")).isEqualTo(whole.weights(0, "transformer"));
    assertThat(whole.weights(60, "behaviour")).isNotEqualTo(whole.weights(0, "behaviour"));
    assertThat(whole.weights(66, "behaviour")).isEqualTo(whole.weights(60, "behaviour"));
    assertThat(whole.weights(66, "transformer")).isNotEqualTo(whole.weights(60, "transformer"));
  }

  @Test
  void playersOfNewGamesAreLearnedAsFromRandomWeights() {
    SmallWorldTraining scratch = attempt("scratch");
    scratch.behaviour = 6;
    scratch.toTheEnd();
    SmallWorldTraining kept = startedFrom(scratch, "kept", NewGames.NONE);
    SmallWorldTraining anew = startedFrom(scratch, "anew", new NewGames(Map.of(), true));

    assertThat(kept.weights(0, "behaviour")).isEqualTo(scratch.weights(18, "behaviour"));
    assertThat(anew.weights(0, "behaviour"))
        .isEqualTo(scratch.weights(0, "behaviour"))
        .isNotEqualTo(kept.weights(0, "behaviour"));
    assertThat(anew.weights(6, "behaviour")).isEqualTo(scratch.weights(6, "behaviour"));
    for (String rest : List.of("transformer", "head_observations", "head_q.", "task_emb")) {
      assertThat(anew.weights(0, rest)).isEqualTo(scratch.weights(18, rest));
    }
  }

  @Test
  void codesThatTheWeightsNeverReadArePredictedAnew() {
    int codes = SmallWorldTraining.CODES;
    SmallWorldTraining donor = attempt("donor");
    donor.model = donor.model.withCodebookSize(codes + 4);
    donor.toTheEnd();
    SmallWorldTraining heir = attempt("heir");
    heir.model = donor.model;
    heir.initialWeights = Optional.of(donor.checkpoint(12).toString());
    heir.toTheEnd();

    String outputs = "head_observations.head_module.2.bias";
    assertThat(Arrays.copyOf(heir.weights(0, outputs), codes))
        .isEqualTo(Arrays.copyOf(donor.weights(12, outputs), codes));
    assertThat(Arrays.copyOfRange(heir.weights(0, outputs), codes, codes + 4)).containsOnly(0);
    for (int code = codes; code < codes + 4; code++) {
      assertThat(donor.weights(12, outputs)[code]).isLessThan(-1e-3f);
    }
    for (String rest : List.of("transformer", "embedder", "head_observations.head_module.0")) {
      assertThat(heir.weights(0, rest)).isEqualTo(donor.weights(12, rest));
    }
  }

  private SmallWorldTraining startedFrom(SmallWorldTraining donor, String name, NewGames games) {
    SmallWorldTraining heir = attempt(name);
    heir.behaviour = donor.behaviour;
    heir.initialWeights = Optional.of(donor.checkpoint(18).toString());
    heir.newGames = games;
    heir.toTheEnd();
    return heir;
  }

  @Test
  void theNeighbourhoodNetworkLearnsBeforeTheTransformer() throws IOException {
    SmallWorldTraining whole = attempt("whole");
    whole.neighbourhood = 40;
    whole.stage1 = 3;
    whole.stage2 = 3;
    whole.toTheEnd();
    List<JsonNode> lines = whole.metrics();
    assertThat(lines.get(0).get("stage").asText()).isEqualTo("neighbourhood");
    double first = lines.get(0).at("/heldOut/observation").asDouble();
    double last =
        lines.stream()
            .filter(line -> line.get("step").asLong() == 36)
            .findFirst()
            .orElseThrow()
            .at("/heldOut/observation")
            .asDouble();
    assertThat(last).isLessThan(first - 0.2);
    String blocks = "transformer.blocks";
    assertThat(whole.weights(40, blocks)).isEqualTo(whole.weights(0, blocks));
    assertThat(whole.weights(40, "neighbourhood")).isNotEqualTo(whole.weights(0, "neighbourhood"));
    assertThat(whole.weights(46, "neighbourhood")).isNotEqualTo(whole.weights(40, "neighbourhood"));
  }

  @Test
  void lossesOnHeldOutSequencesFallAndAreLoggedPerGame() throws IOException {
    SmallWorldTraining attempt = attempt("run");
    attempt.stage1 = 60;
    attempt.stage2 = 0;
    attempt.checkpointEvery = 60;
    attempt.toTheEnd();

    List<JsonNode> lines = attempt.metrics();
    JsonNode first = lines.get(0);
    JsonNode last = lines.get(lines.size() - 1);
    assertThat(last.at("/heldOut/observation").asDouble())
        .isLessThan(first.at("/heldOut/observation").asDouble() - 0.1);
    assertThat(last.get("stage").asText()).isEqualTo("stage1");
    assertThat(last.get("games").fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder(Games.byId(0).name(), Games.byId(5).name());
    assertThat(last.at("/games/" + Games.byId(5).name() + "/observation").asDouble()).isPositive();
    assertThat(last.has("td")).isFalse();
    assertThat(last.get("tokensPerSecond").asDouble())
        .isCloseTo(last.get("framesPerSecond").asDouble() * 37, within(1.0));
  }

  @Test
  void stageTwoAddsTheQLossesAndCountsStepsOn() throws IOException {
    SmallWorldTraining attempt = attempt("run");
    attempt.toTheEnd();

    JsonNode stage1 = attempt.metrics().get(2);
    JsonNode stage2 = attempt.metrics().get(4);
    assertThat(stage1.get("step").asLong()).isEqualTo(6);
    assertThat(stage1.get("stage").asText()).isEqualTo("stage1");
    assertThat(stage2.get("step").asLong()).isEqualTo(12);
    assertThat(stage2.get("stage").asText()).isEqualTo("stage2");
    double sum =
        0.1
                * (stage2.get("observation").asDouble()
                    + stage2.get("reward").asDouble()
                    + stage2.get("end").asDouble())
            + stage2.get("td").asDouble()
            + stage2.get("penalty").asDouble();
    assertThat(stage2.get("total").asDouble()).isCloseTo(sum, within(1e-9));
    try (Safetensors optimizer =
            Safetensors.read(attempt.checkpoint(12).resolve("optimizer.safetensors"));
        StepScope scope = StepScope.inference()) {
      // Moments were reset when stage 2 began at step 6.
      assertThat(optimizer.tensor("step").item_long()).isEqualTo(6);
    }
  }

  @Test
  void anObjectiveLeavesTheOtherLossesOut() throws IOException {
    SmallWorldTraining cloning = attempt("cloning");
    cloning.stage1 = 0;
    cloning.stage2 = 60;
    cloning.checkpointEvery = 60;
    cloning.objective = Objective.CLONING;
    cloning.toTheEnd();
    JsonNode first = cloning.metrics().get(0).get("heldOut");
    JsonNode last = cloning.metrics().get(cloning.metrics().size() - 1).get("heldOut");
    // One action follows from the frame: what is cloned is learnt, and what isn't stays.
    assertThat(last.get("total").asDouble()).isEqualTo(last.get("penalty").asDouble());
    assertThat(last.get("total").asDouble()).isLessThan(first.get("total").asDouble() - 0.5);
    assertThat(last.get("td").asDouble()).isZero();
    String observations = "head_observations.head_module.0.bias";
    assertThat(cloning.weights(60, observations)).isEqualTo(cloning.weights(0, observations));

    SmallWorldTraining qOnly = attempt("q-only");
    qOnly.stage1 = 0;
    qOnly.objective = Objective.Q_ONLY;
    qOnly.toTheEnd();
    JsonNode step = qOnly.metrics().get(1);
    assertThat(step.get("observation").asDouble()).isPositive();
    assertThat(step.get("total").asDouble())
        .isCloseTo(step.get("td").asDouble() + step.get("penalty").asDouble(), within(1e-9));
    assertThat(qOnly.weights(6, observations)).isEqualTo(qOnly.weights(0, observations));
  }

  @Test
  void theQHeadsRestInStageOneAndTheTargetFollowsThemEveryFewSteps() {
    SmallWorldTraining attempt = attempt("run");
    attempt.checkpointEvery = 1;
    attempt.toTheEnd();

    String online = "head_q.head_module.params.";
    String target = "head_q_target.head_module.params.";
    float[] start = attempt.weights(0, online);
    assertThat(start).isNotEmpty();
    assertThat(attempt.weights(0, target)).isEqualTo(start);
    assertThat(attempt.weights(6, online)).isEqualTo(start);
    // Copies fall on every fourth optimizer step, counted from the first: 4, 8 and 12.
    assertThat(attempt.weights(7, online)).isNotEqualTo(start);
    assertThat(attempt.weights(7, target)).isEqualTo(start);
    assertThat(attempt.weights(8, target)).isEqualTo(attempt.weights(8, online));
    assertThat(attempt.weights(11, target)).isEqualTo(attempt.weights(8, online));
    assertThat(attempt.weights(12, target)).isEqualTo(attempt.weights(12, online));
  }

  @Test
  void imaginedSequencesChangeStageTwoAlone() throws IOException {
    SmallWorldTraining[] trainings = {attempt("without"), attempt("with")};
    trainings[1].imagination = SmallWorldTraining.imagination(3, 4);
    for (SmallWorldTraining training : trainings) {
      training.stage1 = 2;
      training.stage2 = 10;
      training.toTheEnd();
    }
    assertThat(trainings[1].metrics().get(1).get("total"))
        .isEqualTo(trainings[0].metrics().get(1).get("total"));
    assertThat(trainings[1].weights(12, "head_q."))
        .isNotEqualTo(trainings[0].weights(12, "head_q."));
  }

  @Test
  void theEndOfStageOneMayMoveOnlyUntilItIsPassed() {
    SmallWorldTraining early = attempt("early");
    early.deaths.put(1, 5L);
    early.outcomes();
    early.deaths.clear();
    early.stage1 = 7;
    early.toTheEnd();

    SmallWorldTraining late = attempt("late");
    late.deaths.put(1, 11L);
    late.outcomes();
    late.deaths.clear();
    late.stage1 = 7;
    assertThat(late.outcomes())
        .anySatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("world.stage1.steps 6")
                    .hasMessageContaining("has 7"));
  }
}
