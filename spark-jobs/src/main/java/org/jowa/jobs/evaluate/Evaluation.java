package org.jowa.jobs.evaluate;

import static java.util.Objects.requireNonNull;

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
import java.util.Map;
import java.util.Optional;
import org.jowa.data.storage.FolderLock;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.jobs.evaluate.EvaluateTask.Played;
import org.jowa.jobs.progress.Amount;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.jobs.results.EvaluatedModel;
import org.jowa.jobs.results.EvaluationProtocol;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.RawScores;
import org.jowa.jobs.run.Versions;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.plan.Imagination;

/** A plan that fits a model, being carried out: plays what has no result yet, then sums up. */
final class Evaluation {
  private final EvaluationPlan plan;
  private final TrainedAgent agent;
  private final Optional<Path> roms;

  /** A group and what plays it. */
  private record Unit(EvaluateTask task, EpisodeGroup group) implements Serializable {}

  /**
   * @param plan with a name, and nothing left open
   * @param roms where the user keeps ROMs, if they said so
   */
  Evaluation(EvaluationPlan plan, TrainedAgent agent, Optional<Path> roms) {
    this.plan = plan;
    this.agent = agent;
    this.roms = roms;
  }

  /**
   * Plays and writes the evaluation's folder.
   *
   * @param lock of its name
   */
  EvaluationSummary run(SparkJobs jobs, FolderLock lock) throws IOException {
    long start = System.nanoTime();
    Map<String, Rom> found = new LinkedHashMap<>();
    RomLocator locator = RomLocator.of(roms);
    plan.games().forEach(game -> found.put(game, locator.locate(Games.byName(game))));

    Storage evaluation = plan.folder(SparkJobs.hadoop());
    identity(found).claim(evaluation);
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
    Map<String, EvaluateTask> tasks = tasks(found);
    List<Played> played;
    try {
      played = play(jobs, evaluation, groups, tasks);
    } finally {
      // Where tasks run in this process, which may have other work to do.
      EvaluatedWeights.retire();
    }
    if (!plan.tuning()) {
      jobs.each(
          "draw clips",
          "games",
          plan.games().size(),
          plan.games(),
          (game, progress) -> {
            String drawn = of(tasks, game).drawClips(game);
            progress.advance(1);
            return drawn;
          });
    }
    lock.requireHeld();
    return summarise(found, played, start, evaluation);
  }

  /** What plays each game. */
  private Map<String, EvaluateTask> tasks(Map<String, Rom> roms) {
    Map<String, EvaluateTask> tasks = new LinkedHashMap<>();
    roms.forEach(
        (game, rom) ->
            tasks.put(
                game,
                new EvaluateTask(
                    plan,
                    plan.player(game).planner(),
                    requireNonNull(rom.path().getParent()).toString(),
                    agent.tokenizer().checkpoint(),
                    agent.model().location(),
                    agent.config(),
                    agent.tokenizer().codebookSize())));
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
            .filter(game -> of(tasks, game).planner().speculation() == Speculation.AUTO)
            .distinct()
            .toList();
    Map<String, Speculation> chosen =
        SpeculationOfGames.of(evaluation, open, games -> choose(jobs, games, tasks)).games();
    List<Unit> units = new ArrayList<>();
    long episodes = 0;
    for (EpisodeGroup group : groups) {
      episodes += group.random() ? 0 : group.episodes().size();
      EvaluateTask task = of(tasks, group.game());
      Speculation ofGame = chosen.get(group.game());
      if (task.planner().speculation() == Speculation.AUTO && ofGame != null) {
        task = task.withPlanner(task.planner().withSpeculation(ofGame));
      }
      units.add(new Unit(task, group));
    }
    return jobs.each(
        "evaluate",
        // A random player's steps take next to no time.
        new Amount("steps", plan.maxSteps() * episodes, "episodes", episodes),
        units,
        (unit, progress) -> unit.task().play(unit.group(), progress));
  }

  private static List<Speculation> choose(
      SparkJobs jobs, List<String> games, Map<String, EvaluateTask> tasks) {
    List<Unit> units =
        games.stream()
            .map(game -> new Unit(of(tasks, game), new EpisodeGroup(game, List.of(), false)))
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

  private EvaluationIdentity identity(Map<String, Rom> roms) {
    Map<String, String> settings = plan.options();
    settings.put("planner", plan.plannerName());
    settings.put("protocol", plan.protocol().id());
    settings.put("max-steps", Integer.toString(plan.maxSteps()));
    settings.put("games", String.join(",", plan.games()));
    settings.put("episodes", Integer.toString(plan.episodes()));
    settings.put("seed", Long.toString(plan.seed()));
    settings.put("model", agent.model().modelHash());
    settings.put("checkpoint step", Long.toString(agent.model().state().step()));
    settings.put("tokenizer", agent.tokenizer().hash());
    roms.forEach((game, rom) -> settings.put("ROM of " + game, rom.md5()));
    return new EvaluationIdentity(settings);
  }

  private EvaluationSummary summarise(
      Map<String, Rom> found, List<Played> played, long start, Storage evaluation)
      throws IOException {
    List<EpisodeResult> ours = results(evaluation, false);
    List<EpisodeResult> random = plan.tuning() ? List.of() : results(evaluation, true);
    EpisodesFile.write(
        URI.create(evaluation.uri() + "/" + EpisodesFile.NAME), ours, random, SparkJobs.hadoop());
    Imagination.Cost cost =
        played.stream().map(Played::cost).reduce(Imagination.Cost.NONE, Imagination.Cost::plus);
    EvaluationSummary.Builder summary =
        EvaluationSummary.builder(requireNonNull(plan.name()))
            .protocol(
                new EvaluationProtocol(
                    plan.protocol().id(),
                    plan.protocol().stickyActions(),
                    plan.protocol().maxSteps(),
                    plan.maxSteps()))
            .planner(plan.plannerName(), plan.options())
            .seed(plan.seed())
            .model(
                new EvaluatedModel(
                    agent.model().state().stage(),
                    agent.model().state().step(),
                    relative(agent.model().location()),
                    agent.model().modelHash(),
                    agent.tokenizer().hash(),
                    agent.parameters()))
            .wallSeconds((System.nanoTime() - start) * 1e-9);
    add(summary, "", cost);
    if (plan.games().size() > 1) {
      for (String game : plan.games()) {
        add(
            summary,
            game + ".",
            played.stream()
                .filter(part -> part.game().equals(game))
                .map(Played::cost)
                .reduce(Imagination.Cost.NONE, Imagination.Cost::plus));
      }
    }
    Versions.current().forEach(summary::version);
    for (String name : plan.games()) {
      Game game = Games.byName(name);
      summary.game(name, of(found, name).md5(), game.scores(), of(name, ours), of(name, random));
    }
    EvaluationSummary result = summary.build();
    WholeFiles.write(
        evaluation, RawScores.FILE, RawScores.of(result).getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    result.write(json);
    WholeFiles.write(evaluation, EvaluationSummary.FILE, json.toByteArray());
    return result;
  }

  private static void add(EvaluationSummary.Builder summary, String prefix, Imagination.Cost cost) {
    if (cost.steps() > 0) {
      summary
          .imagination(prefix + EvaluationSummary.PASSES, cost.passesPerFrame())
          .imagination(prefix + EvaluationSummary.ACCEPTANCE, cost.acceptance());
    }
  }

  private List<EpisodeResult> results(Storage evaluation, boolean random) {
    EpisodeResults results = new EpisodeResults(evaluation);
    return plan.games().stream().flatMap(game -> results.all(plan, game, random).stream()).toList();
  }

  private static <T> T of(Map<String, T> games, String game) {
    return requireNonNull(games.get(game), game);
  }

  private static List<EpisodeResult> of(String game, List<EpisodeResult> episodes) {
    return episodes.stream().filter(episode -> episode.game().equals(game)).toList();
  }

  private String relative(String location) {
    String root = Path.of(Storage.at(plan.run(), SparkJobs.hadoop()).uri().getPath()) + "/";
    String path = new org.apache.hadoop.fs.Path(location).toUri().getPath();
    return path.startsWith(root) ? path.substring(root.length()) : location;
  }
}
