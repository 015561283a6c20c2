package org.jowa.jobs.run;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.sample.GameMix;
import org.jowa.data.storage.FolderLock;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.launch.LaunchSettings;
import org.jowa.jobs.launch.RankContext;
import org.jowa.jobs.launch.RankJob;
import org.jowa.jobs.launch.RankLauncher;
import org.jowa.jobs.launch.RankWork;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.torch.Device;
import org.jowa.model.train.RunLayout;
import org.jowa.model.train.TimeSpent;
import org.jowa.model.train.TrainContext;
import org.jowa.model.train.TrainListener;
import org.jowa.model.train.Trained;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A training as the driver plans it and each rank carries it out.
 *
 * @param run URI of the run folder
 * @param config resolved
 * @param trained what is trained
 * @param inputs hashes of what it is trained on; a run is only resumed with the same
 * @param places where that was, which may change
 * @param initialWeights what a new run starts from; null for random weights
 * @param ranks that train together
 */
public record TrainingPlan(
    String run,
    Config config,
    Trained trained,
    Map<String, String> inputs,
    Map<String, String> places,
    @Nullable String initialWeights,
    int ranks)
    implements Serializable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingPlan.class);

  /**
   * Trains on all ranks to the last step, however often they have to be started.
   *
   * @param label what is being done, for the console
   * @param total steps
   * @param launch how ranks are started
   * @param work trains one rank and returns the steps done in all
   * @return steps done in all
   */
  public long train(
      SparkJobs jobs, String label, long total, LaunchSettings launch, RankWork<Long> work) {
    String data = data();
    String application = jobs.context().sc().applicationId();
    RunFolder folder = RunFolder.at(run, SparkJobs.hadoop());
    RankLauncher launcher = RankLauncher.of(jobs, launch);
    MlflowTracker.requireAddress(config);
    try (FolderLock lock = folder.lock();
        StatusWriter status = StatusWriter.start(folder, label, application, total);
        Tracked tracked = new Tracked(MlflowTracker.start(folder, config))) {
      // Whoever took it over goes on from the newest checkpoint: two must not.
      lock.whenLost(jobs.context().sc()::cancelAllJobs);
      long step =
          launcher.run(
              new RankJob<>(
                  label,
                  "steps",
                  total,
                  () ->
                      Map.of("data set hash", Dataset.open(data, SparkJobs.hadoop()).contentHash()),
                  () -> {
                    lock.requireHeld();
                    return saved();
                  },
                  status,
                  work));
      tracked.tracker.ifPresent(MlflowTracker::finished);
      return step;
    }
  }

  /** Closes what there may be. */
  private record Tracked(Optional<MlflowTracker> tracker) implements AutoCloseable {
    @Override
    public void close() {
      tracker.ifPresent(MlflowTracker::close);
    }
  }

  /** Steps of the newest checkpoint. */
  private long saved() {
    String checkpoints = new RunLayout(run).checkpoints(trained);
    List<Long> steps = CheckpointStore.open(checkpoints, SparkJobs.hadoop()).steps();
    return steps.isEmpty() ? 0 : steps.get(steps.size() - 1);
  }

  /** Address of the data set. */
  public String data() {
    return requireNonNull(places.get(RunFolder.DATA), RunFolder.DATA);
  }

  private List<String> games() {
    GameMix mix = config.settings().sequences().mix();
    return Dataset.open(data(), SparkJobs.hadoop()).games().stream().filter(mix::includes).toList();
  }

  /** What one rank's training needs beside model and data; rank 0 speaks for all. */
  public TrainContext context(RankContext rank) {
    Configuration hadoop = SparkJobs.hadoop();
    RunFolder folder = RunFolder.at(run, hadoop);
    TrainListener listener =
        rank.collective().rank() == 0
            ? new Reporter(rank, () -> recordIn(folder, rank))
            : new Whereabouts(rank.where());
    return new TrainContext(
        Device.parse(rank.device()),
        rank.collective(),
        config.settings().training(rank.threads(), ranks),
        folder.layout(),
        hadoop,
        inputs,
        Optional.ofNullable(initialWeights),
        rank.stop(),
        listener);
  }

  private void recordIn(RunFolder folder, RankContext rank) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("versions", Versions.current());
    facts.put("inputs", new TreeMap<>(inputs));
    facts.putAll(new TreeMap<>(places));
    facts.put(RunFolder.GAMES, String.join(",", games()));
    facts.put("ranks", rank.collective().worldSize());
    facts.put("threads-a-rank", rank.threads());
    folder.record(config, trained, facts);
  }

  /** Tells where this rank is. */
  private static class Whereabouts implements TrainListener {
    private final RankContext.Where where;

    Whereabouts(RankContext.Where where) {
      this.where = where;
    }

    @Override
    public void started(String stage, long step, long total) {
      where.at(step, stage, new TimeSpent(step, step, 0, 0, 0, 0, 0, 0));
    }

    @Override
    public void stepDone(Progress step) {
      where.at(step.step(), step.stage(), step.time());
    }

    @Override
    public void ended(TimeSpent time) {
      where.at(time.lastStep(), "ending", time);
    }
  }

  /** Passes on how the training goes. */
  private static final class Reporter extends Whereabouts {
    private final TaskProgress progress;
    private final Runnable accepted;

    Reporter(RankContext rank, Runnable accepted) {
      super(rank.where());
      this.progress = rank.progress();
      this.accepted = accepted;
    }

    /** By now a resumed run was found to be the same run. */
    @Override
    public void started(String stage, long step, long total) {
      super.started(stage, step, total);
      accepted.run();
      progress.at(step, stage);
    }

    @Override
    public void stepDone(Progress step) {
      super.stepDone(step);
      Map<String, Double> losses = new LinkedHashMap<>(step.losses());
      // In metrics.jsonl; the line is long enough.
      losses.keySet().removeIf(name -> name.startsWith("codebook") || name.startsWith("tokenizer"));
      progress.at(step.step(), step.stage() + " " + text(losses));
    }

    @Override
    public void heldOut(String stage, long step, Map<String, Double> losses) {
      LOG.info("{} step {}: held-out {}", stage, step, text(losses));
    }

    @Override
    public void warning(String stage, long step, String warning) {
      LOG.warn("{} step {}: {}", stage, step, warning);
    }

    @Override
    public void checkpointWritten(Checkpoint checkpoint) {
      LOG.info("Wrote {}", checkpoint);
    }

    @Override
    public void note(String line) {
      LOG.info("{}", line);
    }

    private static String text(Map<String, Double> losses) {
      return losses.entrySet().stream()
          .map(loss -> String.format(Locale.ROOT, "%s %.4g", loss.getKey(), loss.getValue()))
          .collect(Collectors.joining(" "));
    }
  }
}
