package org.jowa.jobs.pretrain;

import java.util.Map;
import java.util.Optional;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.storage.Storage;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.run.TrainingPlan;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.settings.JointTokenizer;
import org.jowa.model.train.NewGames;
import org.jowa.model.train.Trained;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a world-action model on the tokens of a data set, or with its tokenizer on the frames.
 *
 * @param data URI of the data set
 * @param run URI of the run folder
 * @param config resolved
 * @param ranks that train together
 * @param tokenizerRun URI of the run folder whose tokenizer made the tokens; not used where the
 *     tokenizer learns along
 * @param initFrom checkpoint folder or safetensors file that a new run starts from
 */
public record PretrainJob(
    String data,
    String run,
    Config config,
    int ranks,
    String tokenizerRun,
    Optional<String> initFrom)
    implements Job<Long> {
  private static final Logger LOG = LoggerFactory.getLogger(PretrainJob.class);

  /**
   * Trains to the last step of stage 2, or goes on from where an earlier attempt ended; tells
   * which.
   */
  @Override
  public Long run(SparkJobs jobs) {
    Dataset dataset = Dataset.open(data, SparkJobs.hadoop());
    if (config.settings().tokenizer().isJoint()) {
      long step = joint(dataset).run(jobs, "pretrain");
      LOG.info("World-action model and tokenizer of {} are at step {}", run, step);
      return step;
    }
    TrainedTokenizer tokenizer =
        TrainedTokenizer.of(RunFolder.at(tokenizerRun, SparkJobs.hadoop()).tokenizer());
    if (RunFolder.at(run, SparkJobs.hadoop()).config().isEmpty()) {
      initFrom.ifPresent(from -> requireCodesOf(from, tokenizer));
    }
    TrainingPlan plan =
        new TrainingPlan(
            run,
            config,
            Trained.WORLD,
            WorldTraining.inputs(config, dataset, tokenizer),
            Map.of(RunFolder.DATA, data, RunFolder.TOKENIZER, tokenizer.checkpoint()),
            initFrom.orElse(null),
            ranks);
    long step = WorldTraining.of(plan, tokenizer).run(jobs, "pretrain");
    LOG.info("World-action model of {} is at step {}", run, step);
    return step;
  }

  /** Of a lone safetensors file nothing says whose tokens it knows. */
  private static void requireCodesOf(String weights, TrainedTokenizer tokenizer) {
    if (Storage.at(weights, SparkJobs.hadoop()).exists(Checkpoint.STATE)) {
      tokenizer.requireOf(
          CheckpointStore.read(weights, SparkJobs.hadoop()),
          "name the run folder of the right one with --tokenizer");
    }
  }

  private JointTraining joint(Dataset dataset) {
    if (RunFolder.at(run, SparkJobs.hadoop()).ownTokenizer().isPresent()) {
      throw new UsageException(
          "%s is %s, but %s has a tokenizer that was trained before: set it to none, or give --run a new folder"
              .formatted(JointTokenizer.KEY, config.show(JointTokenizer.KEY), run));
    }
    TrainingPlan plan =
        new TrainingPlan(
            run,
            config,
            Trained.WORLD,
            JointTraining.inputs(config, dataset),
            Map.of(RunFolder.DATA, data),
            initFrom.orElse(null),
            ranks);
    return new JointTraining(plan, /* start= */ null, NewGames.NONE);
  }
}
