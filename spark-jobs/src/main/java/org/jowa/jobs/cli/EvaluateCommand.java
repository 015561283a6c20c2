package org.jowa.jobs.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jowa.env.Protocol;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jowa.jobs.evaluate.EvaluateJob;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.launch.SparkJobs;
import org.jowa.jobs.report.evaluation.EvaluationSummary;
import org.jowa.jobs.report.evaluation.GameResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "evaluate",
    description =
        "Play games with a trained model, episodes in parallel, and write RUN/evaluation/NAME. A"
            + " random player plays the same episodes for comparison.")
final class EvaluateCommand extends JobCommand {
  @Option(
      names = "--run",
      required = true,
      paramLabel = "RUN",
      description = "Run folder of the model.")
  private String run;

  @Option(
      names = "--checkpoint",
      paramLabel = "C",
      description = "Step of the run's checkpoint, or a checkpoint's folder (default: the newest).")
  private String checkpoint;

  @Option(
      names = "--tokenizer",
      paramLabel = "RUN",
      description = "Run folder of the tokenizer (default: that of the model).")
  private String tokenizer;

  @Option(
      names = {"--games", "--game"},
      required = true,
      split = ",",
      paramLabel = "G",
      description = "Games to play: Pong,Breakout for instance.")
  private List<String> games = new ArrayList<>();

  @Mixin private PlannerOptions planner;

  @Option(
      names = "--protocol",
      paramLabel = "P",
      description =
          "jowa (no sticky actions, 108,000 steps) or machado (sticky 0.25, 27,000 steps; default:"
              + " ${DEFAULT-VALUE}).")
  private String protocol = "jowa";

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
      names = "--max-steps",
      paramLabel = "M",
      description = "Cut episodes after so many agent steps (default: the protocol's).")
  private Optional<Integer> maxSteps;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description =
          "Folder below RUN/evaluation (default: planner, protocol and the model's step).")
  private Optional<String> name;

  @Option(
      names = "--roms",
      paramLabel = "DIR",
      description = "Folder of ROMs (default: ATARI_ROMS, else fetched with pip).")
  private Optional<Path> roms;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Cores of a task, Spark's spark.task.cpus (default: ${DEFAULT-VALUE}).")
  private int threads = 1;

  @Override
  void check() {
    planner.check();
    Options.atLeast("--episodes", episodes, 1);
    Options.atLeast("--threads", threads, 1);
    maxSteps.ifPresent(steps -> Options.atLeast("--max-steps", steps, 1));
    games.forEach(Games::byName);
    Protocol.byName(protocol);
    name.ifPresent(EvaluateCommand::checkName);
  }

  private static void checkName(String name) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new UsageException(
          "Option --name must be a folder's name of letters, digits, dots, dashes and underscores,"
              + " found "
              + name);
    }
  }

  @Override
  int threadsPerTask() {
    return threads;
  }

  private EvaluationPlan plan() {
    Protocol rules = Protocol.byName(protocol);
    return new EvaluationPlan(
        run,
        checkpoint,
        tokenizer == null ? run : tokenizer,
        games.stream().map(Games::byName).map(Game::name).distinct().toList(),
        planner.settings(),
        planner.discount(),
        rules,
        episodes,
        seed,
        Math.min(rules.maxSteps(), maxSteps.orElse(rules.maxSteps())),
        name.orElse(null));
  }

  @Override
  boolean playsGames() {
    return true;
  }

  @Override
  int run() throws Exception {
    try (SparkJobs jobs = SparkJobs.start("evaluate", threads)) {
      print(new EvaluateJob(plan(), roms).run(jobs));
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
          game.random().mean());
    }
  }
}
