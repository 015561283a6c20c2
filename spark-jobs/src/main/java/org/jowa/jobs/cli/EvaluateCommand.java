package org.jowa.jobs.cli;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jowa.error.UsageException;
import org.jowa.jobs.evaluate.CurveJob;
import org.jowa.jobs.evaluate.EvaluateJob;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.evaluate.Player;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.results.GameResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "evaluate",
    description =
        "Play games with a trained model, episodes in parallel, and write RUN/evaluation/NAME. A"
            + " random player plays the same episodes for comparison.")
final class EvaluateCommand extends PlayingCommand {
  @Option(
      names = "--settings",
      paramLabel = "FILE",
      description =
          "Planner settings of single games, as bin/jowa tune writes them; they come before those"
              + " of the command line.")
  private Optional<Path> settings;

  @Option(
      names = "--episodes",
      paramLabel = "N",
      description = "Episodes of each game (default: ${DEFAULT-VALUE}).")
  private int episodes = 16;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of emulators and random actions (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "Folder below RUN/evaluation (default: planner, protocol and the model's step; with"
              + " several checkpoints the step follows the name).")
  private Optional<String> name;

  @Override
  void check() {
    play.check();
    Options.atLeast("--episodes", episodes, 1);
    name.ifPresent(PlayOptions::checkName);
    plan();
  }

  private EvaluationPlan plan() {
    Map<String, Player> players = new TreeMap<>();
    Optional<GameSettings> ofGames = settings.map(GameSettings::read);
    ofGames.ifPresent(
        file ->
            file.games()
                .forEach(
                    (game, options) ->
                        players.put(
                            game,
                            play.planner().with(options, settings.get() + ", " + game).player())));
    Long tunedOn = ofGames.map(GameSettings::tunedOn).orElse(null);
    if (tunedOn != null && tunedOn == seed) {
      throw new UsageException(
          ("The settings in %s were chosen on seed %s: their scores on it tell nothing, evaluate"
                  + " with another --seed")
              .formatted(settings.get(), seed));
    }
    return play.plan(
        play.planner().player(), players, tunedOn, episodes, seed, name.orElse(null), false);
  }

  @Override
  int run() throws Exception {
    Optional<List<Long>> checkpoints = play.checkpoints();
    if (checkpoints.isPresent()) {
      inSpark(
          new CurveJob(
              plan(),
              checkpoints.get(),
              play.roms(),
              summary -> {
                System.out.printf(
                    Locale.ROOT, "step %d, %s%n", summary.model().step(), summary.name());
                print(summary);
              }));
    } else {
      print(inSpark(new EvaluateJob(plan(), play.roms())));
    }
    return CommandLines.OK;
  }

  /** A line for each game: raw returns, and what a random player got under the same rules. */
  static void print(EvaluationSummary summary) {
    for (GameResult game : summary.games()) {
      System.out.printf(
          Locale.ROOT,
          "%-16s agent %.1f (min %.1f, max %.1f, %d episodes%s)  random %.1f%n",
          game.game(),
          game.agent().mean(),
          game.agent().min(),
          game.agent().max(),
          game.agent().episodes(),
          game.truncated()
              ? String.format(
                  Locale.ROOT,
                  ", %d cut at %d steps",
                  game.agent().truncated(),
                  summary.protocol().maxSteps())
              : "",
          requireNonNull(game.random()).mean());
    }
  }
}
