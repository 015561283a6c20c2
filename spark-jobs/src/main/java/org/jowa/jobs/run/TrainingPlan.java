package org.jowa.jobs.run;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.config.ModelSettings;
import org.jowa.jobs.launch.RankContext;
import org.jowa.jobs.launch.SparkJobs;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.train.StopSignal;
import org.jowa.model.train.TrainContext;
import org.jowa.model.train.TrainListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A training as the driver plans it and each rank carries it out.
 *
 * @param run URI of the run folder
 * @param config resolved
 * @param section of the configuration that is trained, {@code tokenizer} or {@code world}
 * @param inputs hashes of what it is trained on; a run is only resumed with the same
 * @param places where that was, which may change
 * @param initialWeights what a new run starts from; null for random weights
 * @param ranks that train together
 */
public record TrainingPlan(
    String run,
    Config config,
    String section,
    Map<String, String> inputs,
    Map<String, String> places,
    String initialWeights,
    int ranks)
    implements Serializable {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingPlan.class);

  /** What one rank's training needs beside model and data; rank 0 speaks for all. */
  public TrainContext context(RankContext rank) {
    Configuration hadoop = SparkJobs.hadoop();
    RunFolder folder = RunFolder.at(run, hadoop);
    TrainListener listener =
        rank.collective().rank() == 0
            ? new Reporter(rank.progress(), () -> recordIn(folder, rank.threads()))
            : TrainListener.NONE;
    return new TrainContext(
        rank.collective(),
        ModelSettings.training(config, rank.threads(), ranks),
        folder.paths(),
        hadoop,
        inputs,
        Optional.ofNullable(initialWeights),
        new StopSignal(),
        listener);
  }

  private void recordIn(RunFolder folder, int threads) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("versions", Versions.current());
    facts.put("inputs", new TreeMap<>(inputs));
    facts.putAll(new TreeMap<>(places));
    facts.put("ranks", ranks);
    facts.put("threads-a-rank", threads);
    folder.record(config, section, facts);
  }

  /** Passes on how the training goes. */
  private static final class Reporter implements TrainListener {
    private final TaskProgress progress;
    private final Runnable accepted;

    Reporter(TaskProgress progress, Runnable accepted) {
      this.progress = progress;
      this.accepted = accepted;
    }

    /** By now a resumed run was found to be the same run. */
    @Override
    public void started(String stage, long step, long total) {
      accepted.run();
      progress.at(step, stage);
    }

    @Override
    public void stepDone(Progress step) {
      Map<String, Double> losses = new LinkedHashMap<>(step.losses());
      // In metrics.jsonl; the line is long enough.
      losses.keySet().removeIf(name -> name.startsWith("codebook"));
      progress.at(step.step(), step.stage() + " " + text(losses));
    }

    @Override
    public void heldOut(String stage, long step, Map<String, Double> losses) {
      LOG.info("{} step {}: held-out {}", stage, step, text(losses));
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
