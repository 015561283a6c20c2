package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceSource;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.collective.Ranks;
import org.jowa.model.collective.Ranks.Outcome;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.ImaginationSettings;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Objective;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.StateInput;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.settings.WorldSettings.Behaviour;
import org.jowa.model.settings.WorldSettings.Neighbourhood;
import org.jowa.model.settings.WorldSettings.Stage1;
import org.jowa.model.settings.WorldSettings.Stage2;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.CodeFacts;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class WorldTrainerTest {
  private static final int BATCH = 4;
  private static final int CODES = 16;

  @TempDir Path folder;

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  private final class Attempt {
    private final Path run;
    private int ranks = 2;
    private final Map<Long, Set<Long>> samples = new ConcurrentHashMap<>();
    private int microBatch;
    private int planned;
    private boolean overlap = true;
    private long behaviour;
    private long neighbourhood;
    private long stage1 = 6;
    private long stage2 = 6;
    private long checkpointEvery = 5;
    private Dropouts dropouts = Dropouts.REFERENCE;
    private boolean mixture;
    private Objective objective = Objective.CQL;
    private ImaginationSettings imagination = ImaginationSettings.NONE;
    private long deathInFrames = -1;
    private long deathOfRank0 = -1;
    private long deathOfRank1 = -1;

    Attempt(String name) {
      run = folder.resolve(name);
    }

    List<Outcome<TrainResult>> outcomes() {
      return Ranks.run(InProcessCollectives.create(ranks, Duration.ofSeconds(60)), this::train);
    }

    void toTheEnd() {
      for (Outcome<TrainResult> outcome : outcomes()) {
        if (outcome.error() != null) {
          throw new AssertionError(outcome.error());
        }
      }
    }

    private TrainResult train(Collective collective) {
      int rank = collective.rank();
      SequenceSource training = new MadeUpSequences(BATCH, CODES, rank, ranks, 0);
      SequenceSource frames = new MadeUpSequences(1, BATCH, CODES, rank, ranks, 2_000_000);
      long death = rank == 0 ? deathOfRank0 : rank == 1 ? deathOfRank1 : -1;
      SequenceSource heldOut = new MadeUpSequences(BATCH, CODES, rank, ranks, 1_000_000);
      return WorldTrainer.run(
          new TrainContext(
              collective,
              ToyTraining.settings(
                  7, 1, planned == 0 ? ranks : planned, 1, overlap, checkpointEvery, 20, 3, 6, 8),
              new RunLayout(run.toString()),
              new Configuration(false),
              Map.of("dataset", "made up"),
              Optional.empty(),
              new StopSignal(),
              TrainListener.NONE),
          settings(),
          new WorldData(
              new Dying(training, samples, death),
              Optional.of(heldOut),
              Optional.of(new Dying(frames, new ConcurrentHashMap<>(), deathInFrames)),
              Optional.of(new Dying(training, samples, death)),
              behaviour + neighbourhood > 0 ? Optional.of(this::codes) : Optional.empty(),
              Map.of(),
              UnaryOperator.identity()));
    }

    private CodeFacts codes() {
      float[] codes = new float[CODES * 5];
      for (int i = 0; i < codes.length; i++) {
        codes[i] = (float) Math.sin(i);
      }
      int[] background = CodeFacts.noBackground();
      CodeFacts.put(background, 1, new int[36]);
      return new CodeFacts(CODES, codes, background);
    }

    private WorldSettings settings() {
      WorldConfig model =
          new WorldConfig(1, 2, 16, 16, 2, CODES, 8, dropouts, true, true, TdLoss.C51, 11, -10, 30);
      WorldSettings settings =
          new WorldSettings(
              model,
              BATCH,
              microBatch,
              0.01,
              1,
              4,
              LossSettings.withQ(0.1, 0.99, Penalty.CQL, 0.1, mixture).withObjective(objective),
              new Stage1(stage1, 1e-3),
              new Stage2(stage2, 5e-4, 5e-4));
      return settings
          .with(
              with -> {
                with.imagination(imagination);
                if (behaviour > 0) {
                  with.behaviour(new Behaviour(behaviour, BATCH, 1e-2, 8))
                      .model(model.withStateInput(StateInput.FRAME).withSupport(0.5));
                }
                if (neighbourhood > 0) {
                  with.neighbourhood(new Neighbourhood(neighbourhood, BATCH, 1e-2, 6));
                }
              })
          .trainable();
    }

    Path checkpoint(long step) {
      return run.resolve(String.format(Locale.ROOT, "model/checkpoints/step-%08d", step));
    }

    List<JsonNode> metrics() throws IOException {
      List<JsonNode> lines = new ArrayList<>();
      for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
        lines.add(new ObjectMapper().readTree(line));
      }
      return lines;
    }

    float[] imagined(long step) {
      try (Safetensors file = Safetensors.read(checkpoint(step).resolve("optimizer.safetensors"));
          StepScope scope = StepScope.inference()) {
        return Tensors.floats(file.tensor("imagination.sequences"));
      }
    }

    float[] weights(long step, String prefix) {
      try (Safetensors file = Safetensors.read(checkpoint(step).resolve("model.safetensors"));
          StepScope scope = StepScope.inference()) {
        float[] all = {};
        for (String name : file.tensors().keySet()) {
          if (name.startsWith(prefix)) {
            float[] values = Tensors.floats(file.tensor(name));
            int at = all.length;
            all = Arrays.copyOf(all, at + values.length);
            System.arraycopy(values, 0, all, at, values.length);
          }
        }
        return all;
      }
    }
  }

  /** A source that notes what was read, and fails at a step, as a killed rank would. */
  private record Dying(SequenceSource source, Map<Long, Set<Long>> samples, long death)
      implements SequenceSource {
    @Override
    public SequenceBatch batch(long step) {
      if (step == death) {
        throw new IllegalStateException("killed");
      }
      SequenceBatch batch = source.batch(step);
      Set<Long> ofStep = samples.computeIfAbsent(step, any -> ConcurrentHashMap.newKeySet());
      LongStream.of(batch.sampleIndex).forEach(ofStep::add);
      return batch;
    }

    @Override
    public long segments() {
      return source.segments();
    }

    @Override
    public long batches() {
      return source.batches();
    }

    @Override
    public void close() {
      source.close();
    }
  }

  @Test
  void twoRanksKilledAndResumedInEitherStageEndInTheSameBits() throws IOException {
    Attempt straight = new Attempt("straight");
    straight.mixture = true;
    straight.toTheEnd();
    for (long death : new long[] {3, 7}) {
      Attempt attempt = new Attempt("died-" + death);
      attempt.mixture = true;
      attempt.deathOfRank1 = death;
      assertThat(attempt.outcomes()).allSatisfy(o -> assertThat(o.error()).isNotNull());
      attempt.deathOfRank1 = -1;
      attempt.toTheEnd();
      for (String file : List.of("model.safetensors", "optimizer.safetensors", "state.json")) {
        assertThat(attempt.checkpoint(12).resolve(file))
            .hasSameBinaryContentAs(straight.checkpoint(12).resolve(file));
      }
    }
  }

  @Test
  void theBehaviourNetworkLearnsAloneAndFirstAndResumesInTheSameBits() throws IOException {
    Attempt whole = new Attempt("whole");
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

    Attempt killed = new Attempt("killed");
    killed.behaviour = 60;
    killed.stage1 = 3;
    killed.stage2 = 3;
    killed.deathInFrames = 23;
    killed.outcomes();
    killed.deathInFrames = -1;
    killed.toTheEnd();
    assertThat(Files.readAllBytes(killed.checkpoint(66).resolve("model.safetensors")))
        .isEqualTo(Files.readAllBytes(whole.checkpoint(66).resolve("model.safetensors")));
  }

  @Test
  void theNeighbourhoodNetworkLearnsBeforeTheTransformerAndResumesInTheSameBits()
      throws IOException {
    Attempt whole = new Attempt("whole");
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

    Attempt killed = new Attempt("killed");
    killed.neighbourhood = 40;
    killed.stage1 = 3;
    killed.stage2 = 3;
    killed.deathOfRank1 = 23;
    killed.outcomes();
    killed.deathOfRank1 = -1;
    killed.toTheEnd();
    assertThat(Files.readAllBytes(killed.checkpoint(46).resolve("model.safetensors")))
        .isEqualTo(Files.readAllBytes(whole.checkpoint(46).resolve("model.safetensors")));
  }

  /** Capacity for two sequences a lane, so that old ones make room; lane 0 never gets one. */
  private static ImaginationSettings imagination(long after, long refreshEvery) {
    return new ImaginationSettings(
        BATCH, after, 2, refreshEvery, 2 * BATCH, 2, 2, ImaginationSettings.Mode.REPAIRED);
  }

  @Test
  void imaginingKilledAndResumedEndsInTheSameBits() throws IOException {
    Attempt straight = new Attempt("straight");
    straight.stage1 = 2;
    straight.stage2 = 10;
    straight.imagination = imagination(3, 4);
    straight.toTheEnd();
    // Before the planner's first copy, and between two.
    for (long death : new long[] {4, 8, 11}) {
      Attempt attempt = new Attempt("died-" + death);
      attempt.stage1 = 2;
      attempt.stage2 = 10;
      attempt.imagination = straight.imagination;
      attempt.checkpointEvery = 3;
      attempt.deathOfRank1 = death;
      assertThat(attempt.outcomes()).allSatisfy(o -> assertThat(o.error()).isNotNull());
      attempt.deathOfRank1 = -1;
      attempt.toTheEnd();
      for (String file : List.of("model.safetensors", "optimizer.safetensors", "state.json")) {
        assertThat(attempt.checkpoint(12).resolve(file))
            .hasSameBinaryContentAs(straight.checkpoint(12).resolve(file));
      }
    }

    Attempt without = new Attempt("without");
    without.stage1 = 2;
    without.stage2 = 10;
    without.toTheEnd();
    assertThat(without.metrics().get(1).get("total"))
        .isEqualTo(straight.metrics().get(1).get("total"));
    assertThat(without.weights(12, "head_q.")).isNotEqualTo(straight.weights(12, "head_q."));
  }

  @Test
  void ranksImagineTheSameSequences() {
    float[][] sequences = new float[3][];
    for (int i = 0; i < sequences.length; i++) {
      Attempt attempt = new Attempt("ranks-" + i);
      attempt.ranks = 1 << i;
      attempt.stage1 = 0;
      attempt.stage2 = 5;
      // Planned with the first weights: later ones differ by rounding.
      attempt.imagination = imagination(0, 1000);
      attempt.toTheEnd();
      sequences[i] = attempt.imagined(5);
    }
    assertThat(sequences[1]).isEqualTo(sequences[0]);
    assertThat(sequences[2]).isEqualTo(sequences[0]);
    // Two numbers before each lane's sequences: where the next one goes, and how many there are.
    int lane = sequences[0].length / BATCH;
    for (int i = 0; i < BATCH; i++) {
      assertThat(sequences[0][i * lane + 1]).isEqualTo(i == 0 ? 0 : 2);
    }
  }

  @Test
  void ranksAndMicroBatchesChangeNothingButRounding() throws IOException {
    Attempt one = new Attempt("one");
    one.ranks = 1;
    one.toTheEnd();
    Attempt four = new Attempt("four");
    four.ranks = 4;
    four.toTheEnd();
    Attempt two = new Attempt("two");
    two.toTheEnd();
    Attempt micro = new Attempt("micro");
    micro.ranks = 1;
    micro.microBatch = 3;
    micro.toTheEnd();

    List<JsonNode> expected = one.metrics();
    for (Attempt other : List.of(two, four, micro)) {
      List<JsonNode> found = other.metrics();
      assertThat(found).hasSameSizeAs(expected);
      for (int i = 0; i < expected.size(); i++) {
        for (String name : List.of("/total", "/gradientNorm", "/heldOut/total")) {
          double value = expected.get(i).at(name).asDouble();
          assertThat(found.get(i).at(name).asDouble())
              .as("%s in line %d", name, i)
              .isCloseTo(value, within(1e-5 * Math.abs(value)));
        }
      }
    }
  }

  @Test
  void aRankOfFewerThanPlannedTakesItsShareInPassesThatFitItsMemory() throws IOException {
    Attempt alone = new Attempt("alone");
    alone.ranks = 1;
    alone.planned = 2;
    alone.toTheEnd();
    Attempt passes = new Attempt("passes");
    passes.ranks = 1;
    passes.microBatch = 2;
    passes.toTheEnd();
    Attempt whole = new Attempt("whole");
    whole.ranks = 1;
    whole.toTheEnd();

    Path weights = Path.of("model.safetensors");
    assertThat(alone.checkpoint(12).resolve(weights))
        .hasSameBinaryContentAs(passes.checkpoint(12).resolve(weights));
    assertThat(
            Files.mismatch(
                alone.checkpoint(12).resolve(weights), whole.checkpoint(12).resolve(weights)))
        .isNotNegative();
  }

  @Test
  void gradientsThatTravelEarlyHaveTheSameBits() {
    Attempt early = new Attempt("early");
    early.ranks = 4;
    early.toTheEnd();
    Attempt late = new Attempt("late");
    late.ranks = 4;
    late.overlap = false;
    late.toTheEnd();
    for (String file : List.of("model.safetensors", "optimizer.safetensors", "state.json")) {
      assertThat(early.checkpoint(12).resolve(file))
          .hasSameBinaryContentAs(late.checkpoint(12).resolve(file));
    }
  }

  @Test
  void ranksMayChangeInTheMiddleOfARun() throws IOException {
    Attempt steady = new Attempt("steady");
    steady.planned = 4;
    steady.toTheEnd();

    Attempt elastic = new Attempt("elastic");
    elastic.planned = 4;
    elastic.checkpointEvery = 3;
    int[] ranks = {4, 2, 1, 4};
    for (int attempt = 0; attempt < ranks.length; attempt++) {
      elastic.ranks = ranks[attempt];
      elastic.deathOfRank0 = attempt < 3 ? 3 * (attempt + 1) : -1;
      boolean died = elastic.outcomes().stream().anyMatch(o -> o.error() != null);
      assertThat(died).isEqualTo(attempt < 3);
    }

    assertThat(elastic.samples).isEqualTo(steady.samples).hasSize(12);
    assertThat(elastic.samples.get(7L)).containsExactlyInAnyOrder(28L, 29L, 30L, 31L);
    assertThat(elastic.metrics()).hasSameSizeAs(steady.metrics());
    for (int i = 0; i < steady.metrics().size(); i++) {
      for (String name : List.of("/total", "/gradientNorm", "/heldOut/total")) {
        double value = steady.metrics().get(i).at(name).asDouble();
        assertThat(elastic.metrics().get(i).at(name).asDouble())
            .as("%s in line %d", name, i)
            .isCloseTo(value, within(1e-5 * Math.abs(value)));
      }
    }
  }

  @Test
  void lossesOnHeldOutSequencesFallAndAreLoggedPerGame() throws IOException {
    Attempt attempt = new Attempt("run");
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
    Attempt attempt = new Attempt("run");
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
    Attempt cloning = new Attempt("cloning");
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

    Attempt qOnly = new Attempt("q-only");
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
    Attempt attempt = new Attempt("run");
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
  void theEndOfStageOneMayMoveOnlyUntilItIsPassed() {
    Attempt early = new Attempt("early");
    early.deathOfRank1 = 5;
    early.outcomes();
    early.deathOfRank1 = -1;
    early.stage1 = 7;
    early.toTheEnd();

    Attempt late = new Attempt("late");
    late.deathOfRank1 = 11;
    late.outcomes();
    late.deathOfRank1 = -1;
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
