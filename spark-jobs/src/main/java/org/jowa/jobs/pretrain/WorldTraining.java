package org.jowa.jobs.pretrain;

import java.io.Serializable;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jowa.data.batch.SequenceLoader;
import org.jowa.data.batch.SequenceOptions;
import org.jowa.data.batch.SequenceSource;
import org.jowa.data.batch.Split;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.sample.Lanes;
import org.jowa.data.sample.Segmentation;
import org.jowa.data.tokens.BackgroundTokens;
import org.jowa.data.tokens.TokenSet;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.launch.LaunchSettings;
import org.jowa.jobs.launch.RankContext;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.run.TrainingPlan;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.loss.NeighbourhoodObjective;
import org.jowa.model.settings.Settings;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.train.NewGames;
import org.jowa.model.train.TrainResult;
import org.jowa.model.train.WorldData;
import org.jowa.model.train.WorldTrainer;
import org.jowa.model.world.CodeFacts;

/**
 * The training of a world-action model on the ranks, whichever job asks for it.
 *
 * @param plan whose places name the data set
 * @param tokenizer that made the tokens
 * @param newGames what becomes of weights that a new run starts from
 */
public record WorldTraining(TrainingPlan plan, TrainedTokenizer tokenizer, NewGames newGames)
    implements Serializable {
  /** Batches that are read ahead of the one in use. */
  static final int PREFETCH = 4;

  /** A training that takes weights as they are. */
  public static WorldTraining of(TrainingPlan plan, TrainedTokenizer tokenizer) {
    return new WorldTraining(plan, tokenizer, NewGames.NONE);
  }

  /** A run's order of samples depends on these, so that it goes on with the same ones only. */
  public static Map<String, String> inputs(
      Config config, Dataset dataset, TrainedTokenizer tokenizer) {
    Map<String, String> inputs = inputs(config, dataset);
    inputs.put("tokenizer", tokenizer.hash());
    return inputs;
  }

  static Map<String, String> inputs(Config config, Dataset dataset) {
    Map<String, String> inputs = new TreeMap<>();
    inputs.put("dataset", dataset.contentHash());
    SequenceOptions sequences = config.settings().sequences();
    if (!sequences.mix().isNatural()) {
      inputs.put("mix", sequences.mix().toString());
    }
    if (sequences.demonstrations() != 1) {
      inputs.put("demonstrations", String.valueOf(sequences.demonstrations()));
    }
    if (sequences.demonstrationsOnly()) {
      inputs.put("episodes", config.show("data.episodes"));
    }
    if (config.settings().data().segmentStride() != 0) {
      inputs.put("segment-stride", config.show("data.segment-stride"));
    }
    return inputs;
  }

  /**
   * Trains to the last step, or goes on from where an earlier attempt ended.
   *
   * @param label what is being done, for the console
   * @return steps done in all
   * @throws org.jowa.error.InvalidInputException if the data set has no tokens of the tokenizer
   */
  public long run(SparkJobs jobs, String label) {
    Config config = plan.config();
    Dataset dataset = dataset();
    // Says so now if there are no tokens, instead of from inside a rank.
    TokenSet.open(dataset, tokenizer.hash());
    WorldSettings settings = config.settings().world().withCodes(tokenizer.codebookSize());
    LaunchSettings launch = launch(plan, dataset, settings);
    return plan.train(jobs, label, settings.totalSteps(), launch, this::train);
  }

  static LaunchSettings launch(TrainingPlan plan, Dataset dataset, WorldSettings settings) {
    return LaunchSettings.of(
        plan.config(),
        plan.ranks(),
        Lanes.worldSizes(plan.ranks(), dataset.lanes(), settings.sharedBatch()));
  }

  /** How held-out sequences are read: with their returns, to hold Q against. */
  static SequenceOptions withReturns(Settings settings) {
    return settings.sequences().withReturnDiscount(settings.world().qLoss().discount());
  }

  /** How training sequences are read: with their returns only where Q learns those. */
  static SequenceOptions toLearnFrom(Settings settings) {
    return settings.world().qLoss().returnSteps() == 0
        ? withReturns(settings)
        : settings.sequences();
  }

  private Dataset dataset() {
    return Dataset.open(plan.data(), SparkJobs.hadoop());
  }

  private long train(RankContext rank) {
    Dataset dataset = dataset();
    Settings settings = plan.config().settings();
    TokenSet tokens =
        TokenSet.open(dataset, tokenizer.hash()).cachedIn(settings.data().cache().open());
    WorldSettings world = settings.world().withCodes(tokenizer.codebookSize());
    SequenceOptions withReturns = withReturns(settings);
    boolean withBehaviour = world.behaviour().isOn();
    boolean withNeighbourhood = world.neighbourhood().isOn();
    try (SequenceSource batches =
            open(dataset, tokens, Split.TRAIN, toLearnFrom(settings), world.batchSize(), rank);
        SequenceSource heldOut =
            SequenceLoader.hasHeldOut(dataset, withReturns)
                ? open(dataset, tokens, Split.HELD_OUT, withReturns, world.batchSize(), rank)
                : null;
        SequenceSource frames =
            withBehaviour
                ? open(
                    dataset,
                    tokens,
                    Split.TRAIN,
                    settings.frames(),
                    world.behaviour().batchSize(),
                    rank)
                : null;
        SequenceSource neighbourhoods =
            withNeighbourhood
                ? open(
                    dataset,
                    tokens,
                    Split.TRAIN,
                    toLearnFrom(settings)
                        .withSegmentation(
                            Segmentation.TRAINING.ofLength(NeighbourhoodObjective.STEPS)),
                    world.neighbourhood().batchSize(),
                    rank)
                : null;
        ImaginedFrames imaginedFrames = ImaginedFrames.of(plan.config(), tokenizer)) {
      TrainResult result =
          WorldTrainer.run(
              plan.context(rank),
              world,
              new WorldData(
                  batches,
                  Optional.ofNullable(heldOut),
                  Optional.ofNullable(frames),
                  Optional.ofNullable(neighbourhoods),
                  withBehaviour || withNeighbourhood
                      ? Optional.of(() -> codes(dataset, tokens))
                      : Optional.empty(),
                  newGames,
                  imaginedFrames.asTrained()));
      return result.step();
    }
  }

  private CodeFacts codes(Dataset dataset, TokenSet tokens) {
    int[] background = CodeFacts.noBackground();
    for (Manifest.GameStatistics statistics : dataset.manifest().games()) {
      String game = statistics.game();
      CodeFacts.put(background, statistics.id(), BackgroundTokens.of(dataset, tokens, game));
    }
    try (StepScope scope = StepScope.inference();
        FrameTokenizer loaded = tokenizer.load(SparkJobs.hadoop())) {
      return new CodeFacts(tokenizer.codebookSize(), Tensors.floats(loaded.features()), background);
    }
  }

  private SequenceSource open(
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
        plan.config().settings().seed(),
        batchSize,
        rank.collective().rank(),
        rank.collective().worldSize(),
        PREFETCH);
  }
}
