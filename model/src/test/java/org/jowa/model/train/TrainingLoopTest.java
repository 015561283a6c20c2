package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.GradMode;
import org.jowa.model.collective.InProcessCollectives;
import org.junit.jupiter.api.Test;

class TrainingLoopTest extends TrainingTests {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ToyTraining training(String name) {
    return new ToyTraining(folder.resolve(name));
  }

  @Test
  void trainsToTheEndAndLearns() throws IOException {
    ToyTraining attempt = training("run");
    attempt.steps = 60;
    attempt.stage1Steps = 40;

    assertThat(attempt.results())
        .allSatisfy(
            result -> {
              assertThat(result.step()).isEqualTo(60);
              assertThat(result.stepsNow()).isEqualTo(60);
            });
    List<JsonNode> heldOut =
        attempt.metrics().stream().filter(line -> line.has("heldOut")).toList();
    assertThat(heldOut.get(0).get("step").asLong()).isZero();
    assertThat(heldOut.get(heldOut.size() - 1).get("step").asLong()).isEqualTo(60);
    assertThat(heldOut.get(heldOut.size() - 1).at("/heldOut/total").asDouble())
        .isLessThan(heldOut.get(0).at("/heldOut/total").asDouble() / 2);
  }

  @Test
  void aStageThatLearnedNothingIsWarnedOfOnce() {
    ToyTraining attempt = new ToyTraining(folder.resolve("run"));
    attempt.stage1Steps = 12;
    attempt.steps = 24;
    attempt.results();
    assertThat(attempt.warnings)
        .containsExactly("stage1 6: nothing learned", "stage2 18: nothing learned");
  }

  @Test
  void logsLossesNormsRatesAndGames() throws IOException {
    ToyTraining attempt = training("run");
    attempt.results();

    assertThat(attempt.metrics().stream().map(line -> line.get("step").asLong()))
        .containsExactly(0L, 3L, 6L, 8L, 9L, 12L);
    JsonNode line = attempt.metrics().get(2);
    assertThat(line.get("stage").asText()).isEqualTo("stage1");
    assertThat(line.get("total").asDouble()).isPositive();
    assertThat(line.get("gradientNorm").asDouble()).isPositive();
    assertThat(line.get("sequencesPerSecond").asDouble()).isPositive();
    assertThat(line.at("/games/Pong/total").asDouble()).isPositive();
    assertThat(line.at("/heldOut/total").asDouble()).isPositive();
    assertThat(attempt.metrics().get(4).get("stage").asText()).isEqualTo("stage2");
  }

  @Test
  void writesCheckpointsAtTheirStepsAtEndsOfStagesAndAtTheEnd() throws IOException {
    ToyTraining attempt = training("run");
    attempt.results();

    try (Stream<Path> folders = Files.list(attempt.run.resolve("checkpoints"))) {
      assertThat(folders.map(path -> path.getFileName().toString()).sorted())
          .containsExactly(
              "step-00000000", "step-00000005", "step-00000008", "step-00000010", "step-00000012");
    }
    JsonNode state = JSON.readTree(attempt.checkpoint(8).resolve("state.json").toFile());
    assertThat(state.get("stage").asText()).isEqualTo("stage1");
    assertThat(state.get("worldSize").asInt()).isEqualTo(2);
    assertThat(state.get("threads").asInt()).isEqualTo(1);
    assertThat(state.at("/inputs/dataset").asText()).isEqualTo("d1");
    assertThat(state.at("/counters/steps-since-target-copy").asLong()).isZero();
  }

  @Test
  void equalRunsWriteEqualBytes() throws IOException {
    ToyTraining first = training("first");
    ToyTraining second = training("second");
    first.results();
    second.results();
    for (String file : List.of("model.safetensors", "optimizer.safetensors", "state.json")) {
      assertThat(first.checkpoint(12).resolve(file))
          .hasSameBinaryContentAs(second.checkpoint(12).resolve(file));
    }
  }

  @Test
  void aRunThatDiedAndWasResumedEndsInTheSameBits() throws IOException {
    ToyTraining straight = training("straight");
    straight.results();
    // Before and after the switch of stages, and right at it.
    for (long death : new long[] {0, 3, 7, 8, 11}) {
      ToyTraining died = training("died-" + death);
      died.disturbance = ToyTraining.Disturbance.deathOfRank1(death);
      assertThat(died.outcomes()).allSatisfy(o -> assertThat(o.error()).isNotNull());

      ToyTraining resumed = training("died-" + death);
      List<TrainResult> results = resumed.results();

      assertThat(results.get(0).stepsNow()).isEqualTo(12 - lastCheckpointBefore(death));
      assertThat(resumed.model(12)).isEqualTo(straight.model(12));
      assertThat(resumed.checkpoint(12).resolve("state.json"))
          .hasSameBinaryContentAs(straight.checkpoint(12).resolve("state.json"));
      assertThat(withoutRates(resumed.metrics())).isEqualTo(withoutRates(straight.metrics()));
    }
  }

  private static long lastCheckpointBefore(long step) {
    return step >= 10 ? 10 : step >= 8 ? 8 : step >= 5 ? 5 : 0;
  }

  private static List<JsonNode> withoutRates(List<JsonNode> lines) {
    lines.forEach(line -> ((ObjectNode) line).remove("sequencesPerSecond"));
    return lines;
  }

  @Test
  void linesAfterTheResumedStepAndHalfLinesAreDroppedButNotThoseOfOtherStages() throws IOException {
    ToyTraining died = training("run");
    Files.createDirectories(died.run);
    Files.writeString(
        died.run.resolve("metrics.jsonl"), "{\"stage\":\"tokenizer\",\"step\":900}\n");
    died.disturbance =
        (rank, learner, step) -> {
          if (step == 7) {
            throw new IllegalStateException("killed");
          }
        };
    died.outcomes();
    Files.writeString(
        died.run.resolve("metrics.jsonl"),
        Files.readString(died.run.resolve("metrics.jsonl")) + "{\"stage\":\"sta");

    ToyTraining resumed = training("run");
    resumed.results();

    assertThat(resumed.metrics().stream().map(line -> line.get("step").asLong()))
        .containsExactly(900L, 0L, 3L, 6L, 8L, 9L, 12L);
  }

  @Test
  void aDamagedNewestCheckpointCostsOnlyTheStepsSinceTheOneBefore() throws IOException {
    ToyTraining straight = training("straight");
    straight.results();
    ToyTraining first = training("run");
    first.steps = 10;
    first.results();
    Files.write(first.checkpoint(10).resolve("model.safetensors"), new byte[10]);

    ToyTraining second = training("run");
    assertThat(second.results().get(0).stepsNow()).isEqualTo(4);
    assertThat(second.model(12)).isEqualTo(straight.model(12));
  }

  @Test
  void aFinishedRunSaysSoAndStays() throws IOException {
    ToyTraining attempt = training("run");
    attempt.results();
    byte[] metrics = Files.readAllBytes(attempt.run.resolve("metrics.jsonl"));

    ToyTraining once = training("run");
    List<TrainResult> again = once.results();

    assertThat(again).extracting(TrainResult::stepsNow).containsOnly(0L);
    assertThat(again.get(0).checkpoint()).endsWith("step-00000012");
    assertThat(once.notes).anyMatch(note -> note.startsWith("Already finished"));
    assertThat(Files.readAllBytes(attempt.run.resolve("metrics.jsonl"))).isEqualTo(metrics);
  }

  @Test
  void moreStepsGoOnAsOneLongerRun() throws IOException {
    ToyTraining longer = training("longer");
    longer.steps = 16;
    longer.results();
    training("run").results();
    ToyTraining extended = training("run");
    extended.steps = 16;

    assertThat(extended.results().get(0).stepsNow()).isEqualTo(4);
    assertThat(extended.model(16)).isEqualTo(longer.model(16));
  }

  @Test
  void otherRanksAndThreadsAreAllowedAndReported() throws IOException {
    ToyTraining straight = training("straight");
    straight.results();
    ToyTraining first = training("run");
    first.steps = 8;
    first.results();
    ToyTraining second = training("run");
    second.ranks = 4;
    second.threads = 2;
    second.bucketMib = 2;
    second.results();

    assertThat(second.notes)
        .anyMatch(note -> note.contains("ranks 2, going on with 4"))
        .anyMatch(note -> note.contains("gradients.bucket-mib 1, going on with 2"))
        .anyMatch(note -> note.contains("threads a rank 1, going on with 2"));
    // The objective is that of the whole batch, so only rounding differs.
    double two = lastHeldOut(straight);
    assertThat(lastHeldOut(second)).isCloseTo(two, withPercentage(0.01));
  }

  private static double lastHeldOut(ToyTraining attempt) throws IOException {
    List<JsonNode> lines = attempt.metrics();
    return lines.get(lines.size() - 1).at("/heldOut/total").asDouble();
  }

  @Test
  void aNewRunCanStartFromWeightsOfAnotherButAResumedOneGoesOnWithItsOwn() throws IOException {
    ToyTraining donor = training("donor");
    donor.results();
    ToyTraining heir = training("heir");
    heir.initialWeights = donor.checkpoint(12).toString();
    heir.steps = 10;
    heir.results();
    assertThat(heir.model(0)).isEqualTo(donor.model(12));

    ToyTraining straight = training("straight");
    straight.initialWeights = donor.checkpoint(12).resolve("model.safetensors").toString();
    straight.results();
    heir.steps = 12;
    heir.results();
    assertThat(heir.model(12)).isEqualTo(straight.model(12));
    for (ToyTraining training : List.of(heir, straight)) {
      assertThat(training.notes.stream().filter(note -> note.startsWith("Starting from")))
          .hasSize(1);
    }
  }

  @Test
  void aReusedThreadGetsItsGradientModeBack() {
    GradMode.set_enabled(false);
    try {
      ToyTraining attempt = training("run");
      attempt.train(InProcessCollectives.create(1, Duration.ofSeconds(5)).get(0));
      assertThat(GradMode.is_enabled()).isFalse();
    } finally {
      GradMode.set_enabled(true);
    }
  }
}
