package org.jowa.jobs.pretrain;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jowa.data.batch.SequenceLoader;
import org.jowa.data.batch.SequenceOptions;
import org.jowa.data.batch.SequenceSource;
import org.jowa.data.batch.Split;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.TokenSet;
import org.jowa.data.sample.GameMix;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.config.ModelSettings;
import org.jowa.jobs.launch.LaunchSettings;
import org.jowa.jobs.launch.RankContext;
import org.jowa.jobs.launch.SparkJobs;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.run.TrainingPlan;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.train.TrainResult;
import org.jowa.model.train.WorldData;
import org.jowa.model.train.WorldSettings;
import org.jowa.model.train.WorldTrainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a world-action model on the tokens of a data set.
 *
 * @param data URI of the data set
 * @param run URI of the run folder
 * @param config resolved
 * @param ranks that train together
 * @param tokenizerRun URI of the run folder whose tokenizer made the tokens
 * @param initFrom checkpoint folder or safetensors file that a new run starts from
 */
public record PretrainJob(
    String data,
    String run,
    Config config,
    int ranks,
    String tokenizerRun,
    Optional<String> initFrom) {
  private static final Logger LOG = LoggerFactory.getLogger(PretrainJob.class);

  /** Batches that are read ahead of the one in use. */
  private static final int PREFETCH = 4;

  /** Trains to the last step of stage 2, or goes on from where an earlier attempt ended. */
  public void run(SparkJobs jobs) {
    // Ranks get what they need, not this record.
    String uri = data;
    Dataset dataset = Dataset.open(data, SparkJobs.hadoop());
    TrainedTokenizer tokenizer =
        TrainedTokenizer.of(RunFolder.at(tokenizerRun, SparkJobs.hadoop()).tokenizer());
    WorldSettings settings = ModelSettings.world(config, tokenizer.codebookSize());
    TrainingPlan plan =
        new TrainingPlan(
            run,
            config,
            "world",
            inputs(dataset, tokenizer),
            Map.of(RunFolder.DATA, data, RunFolder.TOKENIZER, tokenizer.checkpoint()),
            initFrom.orElse(null),
            ranks);
    // Says so now if there are no tokens, instead of from inside a rank.
    TokenSet.open(dataset, tokenizer.hash());
    LaunchSettings launch = LaunchSettings.of(config, ranks, dataset.lanes(), "world.batch-size");
    long step =
        plan.train(
            jobs,
            "pretrain",
            settings.totalSteps(),
            launch,
            rank -> train(plan, uri, tokenizer, rank));
    LOG.info("World-action model of {} is at step {}", run, step);
  }

  /** A run's order of samples depends on these, so that it goes on with the same ones only. */
  private Map<String, String> inputs(Dataset dataset, TrainedTokenizer tokenizer) {
    Map<String, String> inputs = new TreeMap<>();
    inputs.put("dataset", dataset.contentHash());
    inputs.put("tokenizer", tokenizer.hash());
    GameMix mix = ModelSettings.sequences(config).mix();
    if (!mix.isNatural()) {
      inputs.put("mix", mix.toString());
    }
    double demonstrations = ModelSettings.sequences(config).demonstrations();
    if (demonstrations != 1) {
      inputs.put("demonstrations", String.valueOf(demonstrations));
    }
    return inputs;
  }

  private static long train(
      TrainingPlan plan, String data, TrainedTokenizer tokenizer, RankContext rank) {
    Dataset dataset = Dataset.open(data, SparkJobs.hadoop());
    TokenSet tokens =
        TokenSet.open(dataset, tokenizer.hash()).cachedIn(ModelSettings.shardCache(plan.config()));
    Config config = plan.config();
    SequenceOptions options =
        ModelSettings.sequences(config).withReturns(config.decimal("world.discount"));
    int batchSize = config.integer("world.batch-size");
    boolean withBehaviour = config.integer("world.behaviour.steps") > 0;
    try (SequenceSource batches =
            open(plan, dataset, tokens, Split.TRAIN, options, batchSize, rank);
        SequenceSource heldOut =
            dataset.manifest().heldOut().rows() == 0
                ? null
                : open(plan, dataset, tokens, Split.HELD_OUT, options, batchSize, rank);
        SequenceSource frames =
            withBehaviour
                ? open(
                    plan,
                    dataset,
                    tokens,
                    Split.TRAIN,
                    ModelSettings.frames(config),
                    config.integer("world.behaviour.batch-size"),
                    rank)
                : null) {
      TrainResult result =
          WorldTrainer.run(
              plan.context(rank),
              ModelSettings.world(config, tokenizer.codebookSize()),
              new WorldData(
                  batches,
                  Optional.ofNullable(heldOut),
                  Optional.ofNullable(frames),
                  withBehaviour ? Optional.of(codes(tokenizer)) : Optional.empty()));
      return result.step();
    }
  }

  private static float[] codes(TrainedTokenizer tokenizer) {
    try (StepScope scope = StepScope.inference();
        FrameTokenizer loaded = tokenizer.load(SparkJobs.hadoop())) {
      return Tensors.floats(loaded.features());
    }
  }

  private static SequenceSource open(
      TrainingPlan plan,
      Dataset dataset,
      TokenSet tokens,
      Split split,
      SequenceOptions options,
      int batchSize,
      RankContext rank) {
    return SequenceLoader.open(
        dataset,
        tokens,
        split,
        options,
        plan.config().integer("seed"),
        batchSize,
        rank.collective().rank(),
        rank.collective().worldSize(),
        PREFETCH);
  }
}
