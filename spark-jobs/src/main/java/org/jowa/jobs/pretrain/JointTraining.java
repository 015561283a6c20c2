package org.jowa.jobs.pretrain;

import java.io.Serializable;
import java.util.Map;
import java.util.Optional;
import org.jowa.data.batch.SequenceLoader;
import org.jowa.data.batch.SequenceOptions;
import org.jowa.data.batch.SequenceSource;
import org.jowa.data.batch.Split;
import org.jowa.data.dataset.Dataset;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.launch.RankContext;
import org.jowa.jobs.run.TrainingPlan;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.settings.Settings;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.train.NewGames;
import org.jowa.model.train.WorldData;
import org.jowa.model.train.WorldTrainer;
import org.jspecify.annotations.Nullable;

/**
 * The training of a world-action model and its tokenizer on the same frames on the ranks, whichever
 * job asks for it.
 *
 * @param plan whose places name the data set
 * @param start URI of the checkpoint whose tokenizer a new run starts from; null for random weights
 * @param newGames what becomes of weights that a new run starts from
 */
public record JointTraining(TrainingPlan plan, @Nullable String start, NewGames newGames)
    implements Serializable {

  /** A run's order of samples depends on these, so that it goes on with the same ones only. */
  public static Map<String, String> inputs(Config config, Dataset dataset) {
    return WorldTraining.inputs(config, dataset);
  }

  /**
   * Trains to the last step, or goes on from where an earlier attempt ended.
   *
   * @param label what is being done, for the console
   * @return steps done in all
   */
  public long run(SparkJobs jobs, String label) {
    WorldSettings settings = settings();
    return plan.train(
        jobs,
        label,
        settings.totalSteps(),
        WorldTraining.launch(plan, dataset(), settings),
        this::train);
  }

  private WorldSettings settings() {
    return plan.config().settings().world();
  }

  private Dataset dataset() {
    return Dataset.open(plan.data(), SparkJobs.hadoop());
  }

  private long train(RankContext rank) {
    Dataset dataset = dataset();
    Settings settings = plan.config().settings();
    SequenceOptions withReturns = WorldTraining.withReturns(settings);
    try (SequenceSource batches =
            open(dataset, Split.TRAIN, WorldTraining.toLearnFrom(settings), rank);
        SequenceSource heldOut =
            SequenceLoader.hasHeldOut(dataset, withReturns)
                ? open(dataset, Split.HELD_OUT, withReturns, rank)
                : null) {
      WorldData data = WorldData.of(batches, Optional.ofNullable(heldOut)).of(newGames);
      return WorldTrainer.run(
              plan.context(rank),
              settings.world(),
              data,
              settings.joint(Optional.ofNullable(start)))
          .step();
    }
  }

  private SequenceSource open(
      Dataset dataset, Split split, SequenceOptions options, RankContext rank) {
    return SequenceLoader.ofFrames(
        dataset,
        split,
        options,
        plan.config().settings().seed(),
        plan.config().settings().world().batchSize(),
        rank.collective().rank(),
        rank.collective().worldSize(),
        WorldTraining.PREFETCH);
  }
}
