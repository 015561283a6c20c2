package org.jowa.jobs.finetune;

import static java.util.stream.Collectors.toSet;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.tokens.TokenSet;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.pretrain.JointTraining;
import org.jowa.jobs.pretrain.WorldTraining;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.run.TrainingPlan;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.jobs.tokenize.TokenizeJob;
import org.jowa.model.train.NewGames;
import org.jowa.model.train.Trained;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains a copy of another run's model on other games, in a run of its own (spec sections 4.1 and
 * 5.4).
 *
 * @param data URI of the data set; frames that have no tokens yet are tokenized
 * @param run URI of the run folder
 * @param config resolved, of {@link FinetuneConfig}
 * @param ranks that train together
 * @param start what a new run begins with
 * @param games to train on; all of the data set if empty
 */
public record FinetuneJob(
    String data, String run, Config config, int ranks, FinetuneStart start, List<String> games)
    implements Job<Long> {
  private static final Logger LOG = LoggerFactory.getLogger(FinetuneJob.class);

  /** Trains to the last step, or goes on from where an earlier attempt ended; tells which. */
  @Override
  public Long run(SparkJobs jobs) {
    Dataset dataset = Dataset.open(data, SparkJobs.hadoop());
    List<String> trained = trainedGames(dataset);
    Config ofGames = ofGames(dataset, trained);
    RunFolder folder = RunFolder.at(run, SparkJobs.hadoop());
    FinetuneStart.Begun begun = start.in(folder, trained, config);
    TrainedTokenizer tokenizer = TrainedTokenizer.of(folder.ownTokenizer().orElseThrow());
    boolean joint = config.settings().tokenizer().isJoint();
    if (!joint && !TokenSet.exists(dataset, tokenizer.hash())) {
      LOG.info("{} has no tokens of tokenizer {} yet", data, tokenizer.hash());
      new TokenizeJob(data, run).run(jobs);
    }
    Map<String, String> inputs = inputs(ofGames, dataset, tokenizer);
    inputs.put(FinetuneStart.WEIGHTS, begun.weightsHash());
    if (begun.behaviourAnew()) {
      inputs.put(Lineage.BEHAVIOUR, Lineage.ANEW);
    }
    if (!start.borrowed().isEmpty()) {
      inputs.put("borrowed", new TreeMap<>(start.borrowed()).toString());
    }
    TrainingPlan plan =
        new TrainingPlan(
            run,
            ofGames,
            Trained.WORLD,
            inputs,
            Map.of(
                RunFolder.DATA,
                data,
                RunFolder.TOKENIZER,
                tokenizer.checkpoint(),
                FinetuneStart.SOURCE,
                start.run()),
            begun.checkpoint(),
            ranks);
    NewGames newGames = new NewGames(ids(start.borrowed()), begun.behaviourAnew());
    long step =
        joint
            ? new JointTraining(plan, tokenizer.checkpoint(), newGames).run(jobs, "finetune")
            : new WorldTraining(plan, tokenizer, newGames).run(jobs, "finetune");
    LOG.info("World-action model of {} is at step {}", run, step);
    return step;
  }

  private static Map<String, String> inputs(
      Config config, Dataset dataset, TrainedTokenizer tokenizer) {
    if (!config.settings().tokenizer().isJoint()) {
      return WorldTraining.inputs(config, dataset, tokenizer);
    }
    // It changes, so the model isn't one of this tokenizer.
    Map<String, String> inputs = JointTraining.inputs(config, dataset);
    inputs.put(FinetuneStart.TOKENIZER, tokenizer.hash());
    return inputs;
  }

  private List<String> trainedGames(Dataset dataset) {
    List<String> names =
        games.isEmpty()
            ? dataset.games()
            : games.stream().map(game -> Games.byName(game).name()).distinct().toList();
    for (String name : names) {
      int id = Games.byName(name).id();
      if (dataset.episodes().all().stream().noneMatch(e -> e.game() == id && !e.isHeldOut())) {
        throw new InvalidInputException(
            "The data set %s has no training episodes of %s, it has %s: ingest some, or name others with --games"
                .formatted(data, name, String.join(", ", dataset.games())));
      }
    }
    return names;
  }

  /** Equal shares of the games, where the data set has more than those. */
  private Config ofGames(Dataset dataset, List<String> names) {
    if (names.containsAll(dataset.games())) {
      return config;
    }
    Set<Integer> ids = names.stream().map(name -> Games.byName(name).id()).collect(toSet());
    for (int lane = 0; lane < dataset.lanes(); lane++) {
      if (dataset.episodes().lane(lane).stream().noneMatch(e -> ids.contains(e.game()))) {
        throw new InvalidInputException(
            String.format(
                Locale.ROOT,
                "Lane %d of %d of %s has no episodes of %s: make a data set of its own with"
                    + " bin/jowa ingest --games %s",
                lane,
                dataset.lanes(),
                data,
                String.join(" or ", names),
                String.join(",", names)));
      }
    }
    String shares = names.stream().map(name -> name + ":1").collect(Collectors.joining(","));
    return config.with(List.of("data.mix=" + shares));
  }

  private static Map<Integer, Integer> ids(Map<String, String> names) {
    Map<Integer, Integer> ids = new TreeMap<>();
    names.forEach((game, from) -> ids.put(Games.byName(game).id(), Games.byName(from).id()));
    return ids;
  }
}
