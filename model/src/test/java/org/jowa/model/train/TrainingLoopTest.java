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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.pytorch.GradMode;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.CollectiveException;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.collective.Ranks;
import org.jowa.model.collective.Ranks.Outcome;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TrainingLoopTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  /** What a rank does differently from the others. */
  private interface Disturbance {
    Disturbance NONE = (rank, learner, step) -> {};

    void beforeStep(int rank, ToyLearner learner, long step);
  }

  private final class Attempt {
    private final Path run;
    private int ranks = 2;
    private int threads = 1;
    private long stage1Steps = 8;
    private long steps = 12;
    private long checkpointEvery = 5;
    private int keep = 10;
    private String dataset = "d1";
    private String width = "16";
    private String initialWeights;
    private Disturbance disturbance = Disturbance.NONE;

    Attempt(String name) {
      run = folder.resolve(name);
    }

    List<Outcome<TrainResult>> outcomes() {
      List<Collective> group = InProcessCollectives.create(ranks, Duration.ofSeconds(20));
      return Ranks.run(group, this::train);
    }

    List<TrainResult> results() {
      List<TrainResult> results = new ArrayList<>();
      for (Outcome<TrainResult> outcome : outcomes()) {
        if (outcome.error() != null) {
          throw new AssertionError(outcome.error());
        }
        results.add(outcome.value());
      }
      return results;
    }

    private TrainResult train(Collective collective) {
      TrainListener listener =
          new TrainListener() {
            @Override
            public void note(String line) {
              if (collective.rank() == 0) {
                notes.add(line);
              }
            }
          };
      TrainContext context =
          new TrainContext(
              collective,
              new TrainSettings(0, threads, checkpointEvery, keep, 3, 6, 2),
              new RunPaths(run.toString()),
              new Configuration(false),
              Map.of("dataset", dataset),
              Optional.ofNullable(initialWeights),
              listener);
      Run kind =
          new Run(
              run.resolve("checkpoints").toUri().toString(),
              context.paths().metrics(),
              Set.of("stage1", "stage2"),
              Map.of("world.width", width, "world.stage2.steps", String.valueOf(steps)),
              (step, then) -> Set.of("world.stage2.steps"));
      return TrainingLoop.run(context, kind, () -> learner(collective));
    }

    private ToyLearner learner(Collective collective) {
      ToyLearner toy =
          new ToyLearner(collective.rank(), collective.worldSize(), stage1Steps, steps);
      toy.beforeRead(step -> disturbance.beforeStep(collective.rank(), toy, step));
      return toy;
    }

    byte[] model(long step) throws IOException {
      return Files.readAllBytes(checkpoint(step).resolve("model.safetensors"));
    }

    Path checkpoint(long step) {
      return run.resolve("checkpoints/step-%08d".formatted(step));
    }

    List<JsonNode> metrics() throws IOException {
      List<JsonNode> lines = new ArrayList<>();
      for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
        lines.add(JSON.readTree(line));
      }
      return lines;
    }
  }

  @Test
  void trainsToTheEndAndLearns() throws IOException {
    Attempt attempt = new Attempt("run");
    attempt.steps = 60;
    attempt.stage1Steps = 40;

    assertThat(attempt.results())
        .allSatisfy(
            result -> {
              assertThat(result.step()).isEqualTo(60);
              assertThat(result.stepsNow()).isEqualTo(60);
              assertThat(result.wasFinished()).isFalse();
            });
    List<JsonNode> heldOut =
        attempt.metrics().stream().filter(line -> line.has("heldOut")).toList();
    assertThat(heldOut.get(0).get("step").asLong()).isZero();
    assertThat(heldOut.get(heldOut.size() - 1).get("step").asLong()).isEqualTo(60);
    assertThat(heldOut.get(heldOut.size() - 1).at("/heldOut/total").asDouble())
        .isLessThan(heldOut.get(0).at("/heldOut/total").asDouble() / 2);
  }

  @Test
  void logsLossesNormsRatesAndGames() throws IOException {
    Attempt attempt = new Attempt("run");
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
    Attempt attempt = new Attempt("run");
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
    Attempt first = new Attempt("first");
    Attempt second = new Attempt("second");
    first.results();
    second.results();
    for (String file : List.of("model.safetensors", "optimizer.safetensors", "state.json")) {
      assertThat(first.checkpoint(12).resolve(file))
          .hasSameBinaryContentAs(second.checkpoint(12).resolve(file));
    }
  }

  @Test
  void aRunThatDiedAndWasResumedEndsInTheSameBits() throws IOException {
    Attempt straight = new Attempt("straight");
    straight.results();
    // Before and after the switch of stages, and right at it.
    for (long death : new long[] {0, 3, 7, 8, 11}) {
      Attempt died = new Attempt("died-" + death);
      died.disturbance =
          (rank, learner, step) -> {
            if (rank == 1 && step == death) {
              throw new IllegalStateException("killed");
            }
          };
      assertThat(died.outcomes()).allSatisfy(o -> assertThat(o.error()).isNotNull());

      Attempt resumed = new Attempt("died-" + death);
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
    Attempt died = new Attempt("run");
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

    Attempt resumed = new Attempt("run");
    resumed.results();

    assertThat(resumed.metrics().stream().map(line -> line.get("step").asLong()))
        .containsExactly(900L, 0L, 3L, 6L, 8L, 9L, 12L);
  }

  @Test
  void aDamagedNewestCheckpointCostsOnlyTheStepsSinceTheOneBefore() throws IOException {
    Attempt straight = new Attempt("straight");
    straight.results();
    Attempt first = new Attempt("run");
    first.steps = 10;
    first.results();
    Files.write(first.checkpoint(10).resolve("model.safetensors"), new byte[10]);

    Attempt second = new Attempt("run");
    assertThat(second.results().get(0).stepsNow()).isEqualTo(4);
    assertThat(second.model(12)).isEqualTo(straight.model(12));
  }

  @Test
  void whenNoCheckpointIsWholeAllRanksStopWithTheReason() throws IOException {
    Attempt first = new Attempt("run");
    first.keep = 1;
    first.results();
    Files.delete(first.checkpoint(12).resolve("state.json"));

    Attempt second = new Attempt("run");
    second.steps = 20;
    List<Outcome<TrainResult>> outcomes = second.outcomes();
    assertThat(outcomes.get(0).error())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("step-00000012");
    assertThat(outcomes.get(1).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 0")
        .hasMessageContaining("step-00000012");
  }

  @Test
  void aFinishedRunSaysSoAndStays() throws IOException {
    Attempt attempt = new Attempt("run");
    attempt.results();
    byte[] metrics = Files.readAllBytes(attempt.run.resolve("metrics.jsonl"));

    List<TrainResult> again = new Attempt("run").results();

    assertThat(again).allMatch(TrainResult::wasFinished);
    assertThat(again.get(0).checkpoint()).endsWith("step-00000012");
    assertThat(notes).anyMatch(note -> note.startsWith("Already finished"));
    assertThat(Files.readAllBytes(attempt.run.resolve("metrics.jsonl"))).isEqualTo(metrics);
  }

  @Test
  void moreStepsGoOnAsOneLongerRun() throws IOException {
    Attempt longer = new Attempt("longer");
    longer.steps = 16;
    longer.results();
    new Attempt("run").results();
    Attempt extended = new Attempt("run");
    extended.steps = 16;

    assertThat(extended.results().get(0).stepsNow()).isEqualTo(4);
    assertThat(extended.model(16)).isEqualTo(longer.model(16));
  }

  @Test
  void anotherConfigurationIsRefusedNamingKeyAndValues() {
    new Attempt("run").results();
    Attempt other = new Attempt("run");
    other.width = "32";
    other.steps = 20;

    assertThat(other.outcomes())
        .anySatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("world.width 16")
                    .hasMessageContaining("has 32"));
  }

  @Test
  void anotherDataSetIsRefused() {
    new Attempt("run").results();
    Attempt other = new Attempt("run");
    other.dataset = "d2";
    assertThat(other.outcomes())
        .anySatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("d2"));
  }

  @Test
  void otherRanksAndThreadsAreAllowedAndReported() throws IOException {
    Attempt straight = new Attempt("straight");
    straight.results();
    Attempt first = new Attempt("run");
    first.steps = 8;
    first.results();
    Attempt second = new Attempt("run");
    second.ranks = 4;
    second.threads = 2;
    second.results();

    assertThat(notes)
        .anyMatch(note -> note.contains("ranks 2, going on with 4"))
        .anyMatch(note -> note.contains("threads a rank 1, going on with 2"));
    // The objective is that of the whole batch, so only rounding differs.
    double two = lastHeldOut(straight);
    assertThat(lastHeldOut(second)).isCloseTo(two, withPercentage(0.01));
  }

  private static double lastHeldOut(Attempt attempt) throws IOException {
    List<JsonNode> lines = attempt.metrics();
    return lines.get(lines.size() - 1).at("/heldOut/total").asDouble();
  }

  @Test
  void aNanLossStopsAllRanksNamingStepSamplesAndGames() throws IOException {
    Attempt attempt = new Attempt("run");
    attempt.disturbance =
        (rank, learner, step) -> learner.poison(rank == 1 && step == 6 ? Float.NaN : 0);
    List<Outcome<TrainResult>> outcomes = attempt.outcomes();

    assertThat(outcomes.get(1).error())
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("step 7 (stage1)")
        .hasMessageContaining("rank 1")
        .hasMessageContaining("samples 49, 51, 53, 55 of")
        .hasMessageContaining("the checkpoint of step 5 was taken before that");
    assertThat(outcomes.get(0).error())
        .isInstanceOfSatisfying(
            CollectiveException.class, e -> assertThat(e.rankAtFault()).isEqualTo(1))
        .hasMessageContaining("samples 49");
    assertThat(attempt.checkpoint(5).resolve("state.json")).exists();
    assertThat(attempt.checkpoint(8)).doesNotExist();
  }

  @Test
  void anInfiniteGradientOfAFiniteLossNamesTheRankItCameFrom() {
    Attempt attempt = new Attempt("run");
    attempt.disturbance = (rank, learner, step) -> learner.scaleGradient(rank == 1 && step == 6);
    List<Outcome<TrainResult>> outcomes = attempt.outcomes();

    assertThat(outcomes.get(1).error())
        .isInstanceOf(DivergedException.class)
        .hasMessageContaining("gradient")
        .hasMessageContaining("samples 49");
    assertThat(outcomes.get(0).error()).isInstanceOf(CollectiveException.class);
  }

  @Test
  void aRankThatCannotReadItsDataStopsTheOthersAtOnce() {
    Attempt attempt = new Attempt("run");
    attempt.disturbance =
        (rank, learner, step) -> {
          if (rank == 1 && step == 3) {
            throw new InvalidInputException("shard 3 is altered");
          }
        };
    long start = System.nanoTime();
    List<Outcome<TrainResult>> outcomes = attempt.outcomes();
    assertThat(outcomes.get(0).error())
        .isInstanceOf(CollectiveException.class)
        .hasMessageContaining("Rank 1 failed")
        .hasMessageContaining("shard 3 is altered");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
  }

  @Test
  void weightsThatDriftedApartAreNoticedAtTheNextCheckpoint() {
    Attempt attempt = new Attempt("run");
    attempt.disturbance =
        (rank, learner, step) -> {
          if (rank == 1 && step == 4) {
            learner.parameters().get("w1").data_ptr_float().put(0, 0.125f);
          }
        };
    assertThat(attempt.outcomes())
        .anySatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Weights of rank 1 differ"));
    assertThat(attempt.checkpoint(5)).doesNotExist();
  }

  @Test
  void aNewRunCanStartFromWeightsOfAnotherButAResumedOneGoesOnWithItsOwn() throws IOException {
    Attempt donor = new Attempt("donor");
    donor.results();
    Attempt heir = new Attempt("heir");
    heir.initialWeights = donor.checkpoint(12).toString();
    heir.steps = 10;
    heir.results();
    assertThat(heir.model(0)).isEqualTo(donor.model(12));

    Attempt straight = new Attempt("straight");
    straight.initialWeights = donor.checkpoint(12).resolve("model.safetensors").toString();
    straight.results();
    heir.steps = 12;
    heir.results();
    assertThat(heir.model(12)).isEqualTo(straight.model(12));
    assertThat(notes.stream().filter(note -> note.startsWith("Starting from"))).hasSize(2);
  }

  @Test
  void initialWeightsThatAreNotThereStopTheRunBeforeAnythingIsWritten() {
    Attempt attempt = new Attempt("run");
    attempt.initialWeights = folder.resolve("nowhere").toString();
    assertThat(attempt.outcomes())
        .anySatisfy(
            o ->
                assertThat(o.error())
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("nowhere"));
    assertThat(attempt.run.resolve("checkpoints")).doesNotExist();
  }

  @Test
  void aReusedThreadGetsItsGradientModeBack() {
    GradMode.set_enabled(false);
    try {
      Attempt attempt = new Attempt("run");
      attempt.train(InProcessCollectives.create(1, Duration.ofSeconds(5)).get(0));
      assertThat(GradMode.is_enabled()).isFalse();
    } finally {
      GradMode.set_enabled(true);
    }
  }
}
