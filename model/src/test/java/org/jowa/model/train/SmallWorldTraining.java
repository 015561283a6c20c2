package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceSource;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.collective.Ranks;
import org.jowa.model.collective.Ranks.Outcome;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.ImaginationSettings;
import org.jowa.model.settings.JointTokenizer;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Objective;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.StateInput;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.TrainSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.settings.WorldSettings.Behaviour;
import org.jowa.model.settings.WorldSettings.Neighbourhood;
import org.jowa.model.settings.WorldSettings.Stage1;
import org.jowa.model.settings.WorldSettings.Stage2;
import org.jowa.model.torch.Precision;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.CodeFacts;

/**
 * A training of a tiny world model on made-up sequences in a run folder, over in seconds, with
 * everything that tests change of it.
 */
final class SmallWorldTraining {
  static final int BATCH = 4;
  static final int CODES = 16;
  static final int STEPS = 8;

  final Path run;

  /** Sample indices that were read at each step, by all ranks. */
  final Map<Long, Set<Long>> samples = new ConcurrentHashMap<>();

  /** The step at which a rank dies, for ranks that do. */
  final Map<Integer, Long> deaths = new HashMap<>();

  int ranks = 2;
  int planned;
  int microBatch;
  boolean overlap = true;
  long behaviour;
  long neighbourhood;
  long stage1 = 6;
  long stage2 = 6;
  long checkpointEvery = 5;
  TrainSettings.Metrics metrics = new TrainSettings.Metrics(3, 6, 8, Optional.empty(), "none");
  WorldConfig model =
      new WorldConfig(
          1, 2, 16, 16, 2, CODES, STEPS, Dropouts.REFERENCE, true, true, TdLoss.C51, 11, -10, 30);
  boolean mixture;
  Objective objective = Objective.CQL;
  Precision precision = Precision.FP32;
  ImaginationSettings imagination = ImaginationSettings.NONE;
  Optional<JointTokenizer> joint = Optional.empty();
  Optional<String> initialWeights = Optional.empty();
  NewGames newGames = NewGames.NONE;

  SmallWorldTraining(Path run) {
    this.run = run;
  }

  /** Capacity for two sequences a lane, so that old ones make room; lane 0 never gets one. */
  static ImaginationSettings imagination(long after, long refreshEvery) {
    return new ImaginationSettings(
        BATCH, after, 2, refreshEvery, 2 * BATCH, 2, 2, ImaginationSettings.Mode.REPAIRED);
  }

  List<Outcome<TrainResult>> outcomes() {
    return Ranks.run(group(), this::train);
  }

  void toTheEnd() {
    Ranks.values(group(), this::train);
  }

  private List<Collective> group() {
    return InProcessCollectives.create(ranks, Duration.ofSeconds(60));
  }

  /** The last rank dies at each of the steps in turn; then all go on to the end. */
  void toTheEndWithDeathsAt(long... steps) {
    for (long step : steps) {
      deaths.put(ranks - 1, step);
      assertThat(outcomes()).allSatisfy(outcome -> assertThat(outcome.error()).isNotNull());
    }
    deaths.clear();
    toTheEnd();
  }

  private TrainResult train(Collective collective) {
    return WorldTrainer.run(
        ToyTraining.context(collective, trainSettings(), run, initialWeights),
        settings(),
        new WorldData(
            dying(collective, 0),
            Optional.of(sequences(collective, STEPS, 1_000_000)),
            Optional.of(dying(collective, 2_000_000)),
            Optional.of(dying(collective, 0)),
            behaviour + neighbourhood > 0 ? Optional.of(this::codes) : Optional.empty(),
            newGames,
            UnaryOperator.identity()),
        joint);
  }

  TrainSettings trainSettings() {
    return new TrainSettings(
        7,
        1,
        planned == 0 ? ranks : planned,
        new TrainSettings.Gradients(1, overlap),
        new TrainSettings.Checkpoints(checkpointEvery, 20),
        metrics);
  }

  /** What is read for training; pairs of steps where samples are counted from 2,000,000 on. */
  private SequenceSource dying(Collective collective, long first) {
    return new Dying(
        sequences(collective, first == 0 ? STEPS : 2, first),
        first == 0 ? samples : new ConcurrentHashMap<>(),
        deaths.getOrDefault(collective.rank(), -1L));
  }

  private MadeUpSequences sequences(Collective collective, int steps, long first) {
    MadeUpSequences made =
        new MadeUpSequences(steps, BATCH, CODES, collective.rank(), collective.worldSize(), first);
    return joint.isPresent() ? made.ofFrames() : made;
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

  WorldSettings settings() {
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
              with.imagination(imagination).precision(precision);
              if (behaviour > 0) {
                with.behaviour(new Behaviour(behaviour, BATCH, 1e-2, 8, 0.5))
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
    return ToyTraining.metrics(run);
  }

  /** Its checkpoint of a step is that of another training, byte for byte. */
  void assertSame(SmallWorldTraining other, long step) {
    for (String file : ToyTraining.FILES) {
      assertThat(checkpoint(step).resolve(file))
          .hasSameBinaryContentAs(other.checkpoint(step).resolve(file));
    }
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
    public long batches() {
      return source.batches();
    }

    @Override
    public void close() {
      source.close();
    }
  }
}
