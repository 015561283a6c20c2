package org.jowa.jobs.evaluate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
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
import org.jowa.jobs.evaluate.EvaluateTask.Played;
import org.jowa.jobs.launch.SparkJobs;
import org.jowa.jobs.report.RawScores;
import org.jowa.jobs.report.evaluation.EpisodeResult;
import org.jowa.jobs.report.evaluation.EvaluatedModel;
import org.jowa.jobs.report.evaluation.EvaluationProtocol;
import org.jowa.jobs.report.evaluation.EvaluationSummary;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.run.Versions;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.plan.Imagination;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldConfig;

/**
 * Plays games with a trained model, groups of episodes as Spark tasks, and a random player under
 * the same rules beside it.
 */
public final class EvaluateJob {
  private final EvaluationPlan plan;
  private final Optional<Path> roms;

  /** A group and what plays it. */
  private record Unit(EvaluateTask task, EpisodeGroup group) implements Serializable {}

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
    if (plan.name() == null) {
      long step = run.model(Optional.ofNullable(plan.checkpoint())).state().step();
      String name =
          String.format(Locale.ROOT, "%s-%s-%d", plan.plannerName(), plan.protocol().id(), step);
      return new EvaluateJob(plan.withName(name), roms).run(jobs);
    }
    try (FolderLock lock =
        FolderLock.acquire(
            run.storage(),
            "_evaluate-%s.lock".formatted(plan.name().replace('/', '-')),
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
    double discount = discount(model.state(), config);
    WorldConfig world = ModelSettings.worldModel(config, tokenizer.codebookSize());
    plan.games().forEach(game -> plan.player(game).planner().requireFit(world));
    Map<String, Rom> found = new LinkedHashMap<>();
    RomLocator locator = RomLocator.of(roms);
    plan.games().forEach(game -> found.put(game, locator.locate(Games.byName(game))));

    Storage evaluation = plan.folder(hadoop);
    identity(discount, model, tokenizer, found).claim(evaluation);
    EpisodeResults results = new EpisodeResults(evaluation);
    List<EpisodeGroup> groups =
        EpisodeGroup.of(
            plan.games(),
            plan.episodes(),
            episode -> !(plan.tuning() && episode.random()) && results.read(episode).isEmpty(),
            2 * jobs.context().defaultParallelism() / jobs.threadsPerTask());
    if (groups.isEmpty() && evaluation.exists(EvaluationSummary.FILE)) {
      return EvaluationSummary.read(
          new ByteArrayInputStream(evaluation.read(EvaluationSummary.FILE)),
          evaluation.describe(EvaluationSummary.FILE));
    }
    List<Played> played;
    try {
      played = play(jobs, evaluation, groups, tasks(found, discount, model, tokenizer, config));
    } finally {
      // Where tasks run in this process, which may have other work to do.
      EvaluatedWeights.retire();
    }
    lock.requireHeld();
    return summarise(run, discount, model, tokenizer, found, played, start, evaluation, hadoop);
  }

  /** What plays each game. */
  private Map<String, EvaluateTask> tasks(
      Map<String, Rom> roms,
      double discount,
      Checkpoint model,
      TrainedTokenizer tokenizer,
      Config config) {
    Map<String, EvaluateTask> tasks = new LinkedHashMap<>();
    roms.forEach(
        (game, rom) ->
            tasks.put(
                game,
                new EvaluateTask(
                    plan,
                    plan.player(game).with(discount),
                    rom.path().getParent().toString(),
                    tokenizer.checkpoint(),
                    model.location(),
                    config,
                    tokenizer.codebookSize())));
    return tasks;
  }

  private List<Played> play(
      SparkJobs jobs,
      Storage evaluation,
      List<EpisodeGroup> groups,
      Map<String, EvaluateTask> tasks) {
    List<String> open =
        groups.stream()
            .filter(group -> !group.random())
            .map(EpisodeGroup::game)
            .filter(game -> tasks.get(game).planner().speculation() == Speculation.AUTO)
            .distinct()
            .toList();
    Map<String, Speculation> chosen =
        SpeculationOfGames.of(evaluation, open, games -> choose(jobs, games, tasks)).games();
    List<Unit> units = new ArrayList<>();
    long episodes = 0;
    for (EpisodeGroup group : groups) {
      episodes += group.episodes().size();
      EvaluateTask task = tasks.get(group.game());
      if (task.planner().speculation() == Speculation.AUTO && chosen.containsKey(group.game())) {
        task = task.withPlanner(task.planner().withSpeculation(chosen.get(group.game())));
      }
      units.add(new Unit(task, group));
    }
    return jobs.each(
        "evaluate",
        "steps",
        plan.maxSteps() * episodes,
        units,
        (unit, progress) -> unit.task().play(unit.group(), progress));
  }

  private static List<Speculation> choose(
      SparkJobs jobs, List<String> games, Map<String, EvaluateTask> tasks) {
    List<Unit> units =
        games.stream()
            .map(game -> new Unit(tasks.get(game), new EpisodeGroup(game, List.of(), false)))
            .toList();
    return jobs.each(
        "try out how frames are imagined",
        "games",
        games.size(),
        units,
        (unit, progress) -> {
          Speculation chosen = unit.task().choose(unit.group().game());
          progress.advance(1);
          return chosen;
        });
  }

  private EvaluationIdentity identity(
      double discount, Checkpoint model, TrainedTokenizer tokenizer, Map<String, Rom> roms) {
    Map<String, String> settings = plan.options(discount);
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
      double discount,
      Checkpoint model,
      TrainedTokenizer tokenizer,
      Map<String, Rom> found,
      List<Played> played,
      long start,
      Storage evaluation,
      Configuration hadoop)
      throws IOException {
    List<EpisodeResult> agent = results(evaluation, false);
    List<EpisodeResult> random = plan.tuning() ? List.of() : results(evaluation, true);
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
            .planner(plan.plannerName(), plan.options(discount))
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
    WholeFiles.write(
        evaluation, RawScores.FILE, RawScores.of(result).getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    result.write(json);
    WholeFiles.write(evaluation, EvaluationSummary.FILE, json.toByteArray());
    return result;
  }

  /**
   * The discount that a model was trained with: its checkpoint says so, else the run's settings.
   */
  public static double discount(CheckpointState model, Config run) {
    String trained = model.settings().get("world.discount");
    return trained == null ? run.decimal("world.discount") : Double.parseDouble(trained);
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
