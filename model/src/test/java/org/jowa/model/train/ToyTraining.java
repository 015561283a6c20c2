package org.jowa.model.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.ObjectStore;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.collective.Ranks;
import org.jowa.model.collective.Ranks.Outcome;
import org.jowa.model.settings.TrainSettings;
import org.jowa.model.torch.Device;

/** A training of {@link ToyLearner} in a run folder, with everything that tests change of it. */
final class ToyTraining {
  private static final ObjectMapper JSON = new ObjectMapper();
  static final List<String> FILES =
      List.of("model.safetensors", "optimizer.safetensors", "state.json");

  final Path run;
  final List<String> notes = Collections.synchronizedList(new ArrayList<>());
  final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
  final List<Long> checkpointsWritten = Collections.synchronizedList(new ArrayList<>());
  final List<TimeSpent> times = Collections.synchronizedList(new ArrayList<>());
  final StopSignal[] stops = new StopSignal[4];
  final Configuration hadoop = new Configuration(false);
  int ranks = 2;
  int threads = 1;
  int bucketMib = 1;
  long stage1Steps = 8;
  long steps = 12;
  long checkpointEvery = 5;
  int keep = 10;
  String scheme = "file";
  String dataset = "d1";
  String width = "16";
  String initialWeights;
  Disturbance disturbance = Disturbance.NONE;
  Duration timeout = Duration.ofSeconds(20);

  /** What a rank does differently from the others. */
  interface Disturbance {
    Disturbance NONE = (rank, learner, step) -> {};

    void beforeStep(int rank, ToyLearner learner, long step);

    /** Rank 1 dies before it reads a step's batch, counted from 0. */
    static Disturbance deathOfRank1(long death) {
      return (rank, learner, step) -> {
        if (rank == 1 && step == death) {
          throw new IllegalStateException("killed");
        }
      };
    }
  }

  ToyTraining(Path run) {
    this.run = run;
    for (int rank = 0; rank < stops.length; rank++) {
      stops[rank] = new StopSignal();
    }
  }

  /** Puts the run folder on a file system of its own; its files lie at the same local paths. */
  void storedOn(Class<? extends FileSystem> store) {
    scheme = "store";
    hadoop.setClass("fs.store.impl", store, FileSystem.class);
    hadoop.setBoolean("fs.store.impl.disable.cache", true);
  }

  /** Puts the run folder on a file system of its own that behaves like an object store. */
  void storedAsObjects() {
    scheme = "store";
    ObjectStore.addTo(hadoop);
  }

  List<Outcome<TrainResult>> outcomes() {
    return Ranks.run(InProcessCollectives.create(ranks, timeout), this::train);
  }

  List<TrainResult> results() {
    return Ranks.values(InProcessCollectives.create(ranks, timeout), this::train);
  }

  /** Settings that take no more room than their numbers. */
  static TrainSettings settings(
      long seed,
      int threads,
      int ranks,
      int bucketMib,
      boolean overlap,
      long checkpointEvery,
      int keep,
      long metricsEvery,
      long heldOutEvery,
      long heldOutBatches) {
    return new TrainSettings(
        seed,
        threads,
        ranks,
        new TrainSettings.Gradients(bucketMib, overlap),
        new TrainSettings.Checkpoints(checkpointEvery, keep),
        new TrainSettings.Metrics(
            metricsEvery, heldOutEvery, heldOutBatches, Optional.empty(), "none"));
  }

  /** A rank's surroundings in a run folder, with nobody who listens. */
  static TrainContext context(Collective collective, TrainSettings settings, Path run) {
    return context(collective, settings, run, Optional.empty());
  }

  static TrainContext context(
      Collective collective, TrainSettings settings, Path run, Optional<String> initialWeights) {
    return new TrainContext(
        Device.CPU,
        collective,
        settings,
        new RunLayout(run.toString()),
        new Configuration(false),
        Map.of("dataset", "made up"),
        initialWeights,
        new StopSignal(),
        TrainListener.NONE);
  }

  TrainResult train(Collective collective) {
    TrainContext context =
        new TrainContext(
            Device.CPU,
            collective,
            settings(0, threads, ranks, bucketMib, true, checkpointEvery, keep, 3, 6, 2),
            new RunLayout(scheme + "://" + run),
            hadoop,
            Map.of("dataset", dataset),
            Optional.ofNullable(initialWeights),
            stops[collective.rank()],
            collective.rank() == 0 ? new Recorder() : TrainListener.NONE);
    Run kind =
        new Run(
            context.layout().run() + "/checkpoints",
            context.layout().metrics(),
            context.layout().events(Trained.WORLD),
            Set.of("stage1", "stage2"),
            Map.of("world.width", width, "world.stage2.steps", String.valueOf(steps)),
            (step, then) -> Set.of("world.stage2.steps"));
    return TrainingLoop.run(context, kind, () -> learner(collective));
  }

  private ToyLearner learner(Collective collective) {
    ToyLearner toy = new ToyLearner(collective.rank(), collective.worldSize(), stage1Steps, steps);
    toy.beforeRead(step -> disturbance.beforeStep(collective.rank(), toy, step));
    return toy;
  }

  private final class Recorder implements TrainListener {
    @Override
    public void note(String line) {
      notes.add(line);
    }

    @Override
    public void warning(String stage, long step, String warning) {
      warnings.add(stage + " " + step + ": " + warning);
    }

    @Override
    public void checkpointWritten(Checkpoint checkpoint) {
      checkpointsWritten.add(checkpoint.state().step());
    }

    @Override
    public void ended(TimeSpent time) {
      times.add(time);
    }
  }

  byte[] model(long step) throws IOException {
    return Files.readAllBytes(checkpoint(step).resolve("model.safetensors"));
  }

  Path checkpoint(long step) {
    return run.resolve(String.format(Locale.ROOT, "checkpoints/step-%08d", step));
  }

  List<JsonNode> metrics() throws IOException {
    return metrics(run);
  }

  static List<JsonNode> metrics(Path run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }
}
