package org.jowa.jobs.tokenizer;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jowa.data.batch.FrameLoader;
import org.jowa.data.batch.FrameSource;
import org.jowa.data.batch.Split;
import org.jowa.data.dataset.Dataset;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.launch.LaunchSettings;
import org.jowa.jobs.launch.RankContext;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainingPlan;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.settings.JointTokenizer;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.train.TokenizerTrainer;
import org.jowa.model.train.TrainResult;
import org.jowa.model.train.Trained;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a tokenizer on the frames of a data set.
 *
 * @param data URI of the data set
 * @param run URI of the run folder
 * @param config resolved
 * @param ranks that train together
 */
public record TrainTokenizerJob(String data, String run, Config config, int ranks)
    implements Job<Long> {
  private static final Logger LOG = LoggerFactory.getLogger(TrainTokenizerJob.class);

  /** Batches that are read ahead of the one in use. */
  private static final int PREFETCH = 4;

  /** Trains to the last step, or goes on from where an earlier attempt ended; tells which. */
  @Override
  public Long run(SparkJobs jobs) {
    TokenizerSettings settings = config.settings().tokenizer();
    if (settings.isJoint()) {
      throw new UsageException(
          "%s is %s, so bin/jowa pretrain trains the tokenizer: run that, or set it to none"
              .formatted(JointTokenizer.KEY, config.show(JointTokenizer.KEY)));
    }
    if (settings.kind() == TokenizerSettings.Kind.PATCHES) {
      return new PatchDictionaryJob(data, run, config).run(jobs).state().step();
    }
    // Ranks get what they need, not this record.
    String uri = data;
    Dataset dataset = Dataset.open(uri, SparkJobs.hadoop());
    HashMap<Integer, byte[]> backgrounds = new HashMap<>();
    if (settings.background() == TokenizerSettings.Background.MEDIAN) {
      MedianFrames.of(jobs, data, dataset.games())
          .forEach((game, frame) -> backgrounds.put(Games.byName(game).id(), frame));
    }
    TrainingPlan plan =
        new TrainingPlan(
            run,
            config,
            Trained.TOKENIZER,
            Map.of("dataset", dataset.contentHash()),
            Map.of(RunFolder.DATA, data),
            null,
            ranks);
    LaunchSettings launch =
        LaunchSettings.of(config, ranks, dataset.lanes(), "tokenizer.batch-size");
    long step =
        plan.train(
            jobs,
            "train-tokenizer",
            settings.steps(),
            launch,
            rank -> train(plan, uri, backgrounds, rank));
    LOG.info("Tokenizer of {} is at step {}", run, step);
    return step;
  }

  private static long train(
      TrainingPlan plan, String data, Map<Integer, byte[]> backgrounds, RankContext rank) {
    Dataset dataset = Dataset.open(data, SparkJobs.hadoop());
    try (FrameSource batches = frames(plan, dataset, Split.TRAIN, rank);
        FrameSource heldOut =
            dataset.manifest().heldOut().rows() == 0
                ? null
                : frames(plan, dataset, Split.HELD_OUT, rank)) {
      TrainResult result =
          TokenizerTrainer.run(
              plan.context(rank),
              plan.config().settings().tokenizer(),
              batches,
              Optional.ofNullable(heldOut),
              backgrounds);
      return result.step();
    }
  }

  private static FrameSource frames(
      TrainingPlan plan, Dataset dataset, Split split, RankContext rank) {
    return FrameLoader.open(
        dataset,
        split,
        plan.config().settings().seed(),
        plan.config().settings().tokenizer().batchSize(),
        rank.collective().rank(),
        rank.collective().worldSize(),
        PREFETCH);
  }
}
