package org.jowa.jobs.evaluate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.jowa.data.storage.FolderLock;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.config.ModelSettings;
import org.jowa.jobs.launch.SharedByTasks;
import org.jowa.jobs.launch.SparkJobs;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.jobs.report.evaluation.EpisodeResult;
import org.jowa.jobs.report.evaluation.EvaluatedModel;
import org.jowa.jobs.report.evaluation.EvaluationProtocol;
import org.jowa.jobs.report.evaluation.EvaluationSummary;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.run.Versions;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.plan.Imagination;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.plan.PlanningAgent;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldConfig;

/**
 * Plays games with a trained model, groups of episodes as Spark tasks, and a random player under
 * the same rules beside it.
 */
public final class EvaluateJob {
  private final EvaluationPlan plan;
  private final Optional<Path> roms;

  /** All that a task needs to play a group. */
  private record Unit(
      EvaluationPlan plan,
      PlannerSettings planner,
      EpisodeGroup group,
      String romFolder,
      String tokenizerCheckpoint,
      String modelCheckpoint,
      Config config,
      int codebookSize)
      implements Serializable {}

  /** What a group's task hands back; the results are in the evaluation's folder. */
  private record Played(Imagination.Cost cost) implements Serializable {}

  /**
   * @param roms where the user keeps ROMs, if they said so
   */
  public EvaluateJob(EvaluationPlan plan, Optional<Path> roms) {
    this.plan = plan;
    this.roms = roms;
  }

  /**
   * Plays all episodes and writes {@code evaluation/<name>/}: each result when its episode ends,
   * {@code summary.json} last. Episodes whose results are there from a run that was killed are not
   * played again.
   *
   * @throws UsageException if the folder has an evaluation of other settings
   * @throws InvalidInputException if run, checkpoint, tokenizer or a ROM is missing or doesn't fit,
   *     or another evaluation of the name is at work
   */
  public EvaluationSummary run(SparkJobs jobs) throws IOException {
    RunFolder run = RunFolder.at(plan.run(), SparkJobs.hadoop());
    if (!run.storage().exists(".")) {
      throw noRun();
    }
    try (FolderLock lock =
        FolderLock.acquire(
            run.storage(),
            "_evaluate-%s.lock".formatted(plan.name()),
            "evaluation named " + plan.name())) {
      return run(jobs, run, lock);
    }
  }

  private InvalidInputException noRun() {
    return new InvalidInputException(
        "No run in %s (config.yaml is missing): train with bin/jowa pretrain --run %s first"
            .formatted(plan.run(), plan.run()));
  }

  private EvaluationSummary run(SparkJobs jobs, RunFolder run, FolderLock lock) throws IOException {
    long start = System.nanoTime();
    TorchRuntime.init();
    Configuration hadoop = SparkJobs.hadoop();
    Config config = run.config().orElseThrow(this::noRun);
    Checkpoint model = run.model(Optional.ofNullable(plan.checkpoint()));
    TrainedTokenizer tokenizer =
        TrainedTokenizer.of(RunFolder.at(plan.tokenizerRun(), hadoop).tokenizer());
    tokenizer.requireOf(model, "name the run of the right one with --tokenizer");
    PlannerSettings planner = plan.plannerWith(discount(model.state(), config));
    planner.requireFit(ModelSettings.worldModel(config, tokenizer.codebookSize()));
    Map<String, Rom> found = new LinkedHashMap<>();
    RomLocator locator = RomLocator.of(roms);
    plan.games().forEach(game -> found.put(game, locator.locate(Games.byName(game))));

    Storage evaluation = evaluation(plan, hadoop);
    identity(planner, model, tokenizer, found).claim(evaluation);
    EpisodeResults results = new EpisodeResults(evaluation);
    List<EpisodeGroup> groups =
        EpisodeGroup.of(
            plan.games(),
            plan.episodes(),
            episode -> results.read(episode).isEmpty(),
            2 * jobs.context().defaultParallelism() / jobs.threadsPerTask());
    if (groups.isEmpty() && evaluation.exists(EvaluationSummary.FILE)) {
      return EvaluationSummary.read(
          new ByteArrayInputStream(evaluation.read(EvaluationSummary.FILE)),
          evaluation.describe(EvaluationSummary.FILE));
    }
    List<Unit> units = new ArrayList<>();
    long episodes = 0;
    for (EpisodeGroup group : groups) {
      episodes += group.episodes().size();
      units.add(
          new Unit(
              plan,
              planner,
              group,
              found.get(group.game()).path().getParent().toString(),
              tokenizer.checkpoint(),
              model.location(),
              config,
              tokenizer.codebookSize()));
    }
    List<Played> played;
    try {
      played = jobs.each("evaluate", "steps", plan.maxSteps() * episodes, units, EvaluateJob::play);
    } finally {
      // Where tasks run in this process, which may have other work to do.
      EvaluatedWeights.retire();
    }
    lock.requireHeld();
    return summarise(run, planner, model, tokenizer, found, played, start, evaluation, hadoop);
  }

  private EvaluationIdentity identity(
      PlannerSettings planner,
      Checkpoint model,
      TrainedTokenizer tokenizer,
      Map<String, Rom> roms) {
    Map<String, String> settings = EvaluationPlan.options(planner);
    settings.put("planner", plan.plannerName());
    settings.put("protocol", plan.protocol().id());
    settings.put("max-steps", Integer.toString(plan.maxSteps()));
    settings.put("games", String.join(",", plan.games()));
    settings.put("episodes", Integer.toString(plan.episodes()));
    settings.put("seed", Long.toString(plan.seed()));
    settings.put("model", model.modelHash());
    settings.put("checkpoint step", Long.toString(model.state().step()));
    settings.put("tokenizer", tokenizer.hash());
    roms.forEach((game, rom) -> settings.put("ROM of " + game, rom.md5()));
    return new EvaluationIdentity(settings);
  }

  private EvaluationSummary summarise(
      RunFolder run,
      PlannerSettings planner,
      Checkpoint model,
      TrainedTokenizer tokenizer,
      Map<String, Rom> found,
      List<Played> played,
      long start,
      Storage evaluation,
      Configuration hadoop)
      throws IOException {
    List<EpisodeResult> agent = results(evaluation, false);
    List<EpisodeResult> random = results(evaluation, true);
    EpisodesFile.write(
        URI.create(evaluation.uri() + "/" + EpisodesFile.NAME), agent, random, hadoop);
    Imagination.Cost cost =
        played.stream().map(Played::cost).reduce(Imagination.Cost.NONE, Imagination.Cost::plus);
    EvaluationSummary.Builder summary =
        EvaluationSummary.builder(plan.name())
            .protocol(
                new EvaluationProtocol(
                    plan.protocol().id(),
                    plan.protocol().stickyActions(),
                    plan.protocol().maxSteps(),
                    plan.maxSteps()))
            .planner(plan.plannerName(), EvaluationPlan.options(planner))
            .seed(plan.seed())
            .model(
                new EvaluatedModel(
                    model.state().stage(),
                    model.state().step(),
                    relative(run, model.location()),
                    model.modelHash(),
                    tokenizer.hash()))
            .wallSeconds((System.nanoTime() - start) * 1e-9);
    if (cost.steps() > 0) {
      summary
          .imagination("passes-per-frame", cost.passesPerFrame())
          .imagination("acceptance", cost.acceptance());
    }
    Versions.current().forEach(summary::version);
    for (String name : plan.games()) {
      Game game = Games.byName(name);
      summary.game(name, found.get(name).md5(), game.scores(), of(name, agent), of(name, random));
    }
    EvaluationSummary result = summary.build();
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    result.write(json);
    WholeFiles.write(evaluation, EvaluationSummary.FILE, json.toByteArray());
    return result;
  }

  private static Played play(Unit unit, TaskProgress progress) throws IOException {
    TorchRuntime.init();
    TorchRuntime.setThreads(TaskContext.get().cpus());
    EvaluationPlan plan = unit.plan();
    EpisodeGroup group = unit.group();
    Game game = Games.byName(group.game());
    Rom rom = RomLocator.of(Optional.of(Path.of(unit.romFolder()))).locate(game);
    Configuration hadoop = SparkJobs.hadoop();
    Storage evaluation = evaluation(plan, hadoop);
    EpisodeResults results = new EpisodeResults(evaluation);
    // A task that is tried again, on another executor for instance, plays what is not done yet.
    List<Integer> toPlay =
        group.episodes().stream()
            .filter(number -> results.read(group.episode(number)).isEmpty())
            .toList();
    progress.advance(plan.maxSteps() * (long) (group.episodes().size() - toPlay.size()));
    EpisodeGroup rest = new EpisodeGroup(group.game(), toPlay, group.random());
    EpisodeClip clip = EpisodeClip.of(rest);
    GroupPlay.Ended ended =
        (episode, result) -> {
          if (episode.number() == 0) {
            clip.write(evaluation, game.name());
          }
          results.write(episode, result);
        };
    try (GroupPlay play = new GroupPlay(plan, rest, rom, progress, ended)) {
      if (group.random()) {
        play.playRandomly();
        return new Played(Imagination.Cost.NONE);
      }
      WorldConfig config = ModelSettings.worldModel(unit.config(), unit.codebookSize());
      try (SharedByTasks<EvaluatedWeights>.Lease weights =
              EvaluatedWeights.lease(
                  unit.tokenizerCheckpoint(), unit.modelCheckpoint(), config, hadoop);
          PlanningAgent agent =
              PlanningAgent.create(
                  weights.value().tokenizer(),
                  weights.value().decoder(),
                  game,
                  unit.planner(),
                  EpisodeGroup.WIDTH,
                  plan.seed())) {
        play.play(agent, clip);
        return new Played(agent.cost());
      }
    }
  }

  /**
   * The discount that a model was trained with: its checkpoint says so, else the run's settings.
   */
  public static double discount(CheckpointState model, Config run) {
    String trained = model.settings().get("world.discount");
    return trained == null ? run.decimal("world.discount") : Double.parseDouble(trained);
  }

  private static Storage evaluation(EvaluationPlan plan, Configuration hadoop) {
    return Storage.at(plan.run(), hadoop).folder("evaluation/" + plan.name());
  }

  private List<EpisodeResult> results(Storage evaluation, boolean random) {
    EpisodeResults results = new EpisodeResults(evaluation);
    List<EpisodeResult> all = new ArrayList<>();
    for (String game : plan.games()) {
      for (int number = 0; number < plan.episodes(); number++) {
        EpisodeGroup.Episode episode = new EpisodeGroup.Episode(game, number, random);
        all.add(
            results
                .read(episode)
                .orElseThrow(
                    () ->
                        new InvalidInputException(
                            "The result of %s is gone from %s: evaluate again"
                                .formatted(episode, evaluation))));
      }
    }
    return all;
  }

  private static List<EpisodeResult> of(String game, List<EpisodeResult> episodes) {
    return episodes.stream().filter(episode -> episode.game().equals(game)).toList();
  }

  private static String relative(RunFolder run, String location) {
    String root = run.storage().uri().toString();
    return location.startsWith(root)
        ? location.substring(root.length()).replaceFirst("^/+", "")
        : location;
  }
}
