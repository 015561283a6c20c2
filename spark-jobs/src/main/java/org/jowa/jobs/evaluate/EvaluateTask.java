package org.jowa.jobs.evaluate;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.jobs.spark.AssignedDevice;
import org.jowa.jobs.spark.SharedByTasks;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.plan.Imagination;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.plan.PlanningAgent;
import org.jowa.model.plan.SpeculationChoice;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.TorchRuntime;

/**
 * What a Spark task does for an evaluation.
 *
 * @param planner of the game
 * @param romFolder on every node
 * @param tokenizerCheckpoint its folder
 * @param modelCheckpoint its folder
 * @param config of the run that trained the model
 */
record EvaluateTask(
    EvaluationPlan plan,
    PlannerSettings planner,
    String romFolder,
    String tokenizerCheckpoint,
    String modelCheckpoint,
    Config config,
    int codebookSize)
    implements Serializable {
  /** Plans that show whether guessing frames pays. */
  private static final int TRIAL_PLANS = 4;

  /** What a group's task hands back; the results are in the evaluation's folder. */
  record Played(String game, Imagination.Cost cost) implements Serializable {}

  EvaluateTask withPlanner(PlannerSettings other) {
    return new EvaluateTask(
        plan, other, romFolder, tokenizerCheckpoint, modelCheckpoint, config, codebookSize);
  }

  /** The model as the plan plays it. */
  WorldConfig model() {
    return TrainedAgent.world(config, codebookSize, plan.support());
  }

  /** How frames of a game are to be decoded, by plans in contexts of a random player. */
  Speculation choose(String gameName) {
    start();
    Game game = Games.byName(gameName);
    WorldConfig model = model();
    int blocks = Math.min(planner.context(), model.blocks() - planner.horizon());
    try (SharedByTasks<EvaluatedWeights>.Lease weights = lease(model);
        WorldDecoder decoder = weights.value().decoder()) {
      int[][] contexts =
          SeenContexts.of(
              rom(game), weights.value().tokenizer(), TRIAL_PLANS * EpisodeGroup.WIDTH, blocks);
      List<int[][]> plans =
          IntStream.range(0, TRIAL_PLANS)
              .map(i -> i * EpisodeGroup.WIDTH)
              .mapToObj(at -> Arrays.copyOfRange(contexts, at, at + EpisodeGroup.WIDTH))
              .toList();
      return SpeculationChoice.once(decoder, game, planner, plans);
    }
  }

  /** Plays those episodes of a group that have no result yet. */
  Played play(EpisodeGroup group, TaskProgress progress) throws IOException {
    start();
    Game game = Games.byName(group.game());
    Storage evaluation = plan.folder(SparkJobs.hadoop());
    EpisodeResults results = new EpisodeResults(evaluation);
    // A task that is tried again, on another executor for instance, plays what is not done yet.
    List<Integer> toPlay = new ArrayList<>();
    for (int number : group.episodes()) {
      Optional<EpisodeResult> played = results.read(group.episode(number));
      if (played.isEmpty()) {
        toPlay.add(number);
      } else if (!group.random()) {
        progress.advance(played.get().steps());
        progress.ended(played.get().steps());
      }
    }
    EpisodeGroup rest = new EpisodeGroup(group.game(), toPlay, group.random());
    int threads = TaskContext.get().cpus();
    try (GroupPlay play = new GroupPlay(plan, rest, rom(game), threads, progress, results::write)) {
      if (group.random()) {
        play.playRandomly();
        return new Played(game.name(), Imagination.Cost.NONE);
      }
      try (SharedByTasks<EvaluatedWeights>.Lease weights = lease(model());
          PlanningAgent agent =
              PlanningAgent.create(
                  weights.value().tokenizer(),
                  weights.value().decoder(),
                  game,
                  planner,
                  EpisodeGroup.WIDTH,
                  plan.seed())) {
        play.play(agent);
        return new Played(game.name(), agent.cost());
      }
    }
  }

  /** Draws the clips of a game whose episodes have all been played. */
  String drawClips(String gameName) throws IOException {
    start();
    Storage evaluation = plan.folder(SparkJobs.hadoop());
    List<EpisodeResult> episodes = new EpisodeResults(evaluation).all(plan, gameName, false);
    new EpisodeClips(plan, evaluation).draw(rom(Games.byName(gameName)), episodes);
    return gameName;
  }

  private static void start() {
    TorchRuntime.init();
    TorchRuntime.setThreads(TaskContext.get().cpus());
  }

  private Rom rom(Game game) {
    return RomLocator.of(Optional.of(Path.of(romFolder))).locate(game);
  }

  private SharedByTasks<EvaluatedWeights>.Lease lease(WorldConfig model) {
    Configuration hadoop = SparkJobs.hadoop();
    return EvaluatedWeights.lease(
        tokenizerCheckpoint, modelCheckpoint, model, AssignedDevice.of(TaskContext.get()), hadoop);
  }
}
