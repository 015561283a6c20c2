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
import org.jowa.model.plan.PlannerSettings;
import picocli.CommandLine.Command;
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

  @Option(
      names = "--planner",
      paramLabel = "P",
      description = "none (act greedily), beam or mcts (default: ${DEFAULT-VALUE}).")
  private String planner = "beam";

  @Option(
      names = "--beam-width",
      paramLabel = "W",
      description = "Nodes that beam search keeps at each depth (default: ${DEFAULT-VALUE}).")
  private int beamWidth = 2;

  @Option(
      names = "--horizon",
      paramLabel = "H",
      description = "Steps that beam search looks ahead (default: ${DEFAULT-VALUE}).")
  private int horizon = 2;

  @Option(
      names = "--context",
      paramLabel = "N",
      description =
          "Blocks that the agent remembers; a plan uses the newest that leave room for its horizon"
              + " (default: ${DEFAULT-VALUE}).")
  private int context = 8;

  @Option(
      names = "--discount",
      paramLabel = "D",
      description =
          "Of rewards and values in plans (default: that which the model was trained with).")
  private Optional<Double> discount;

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
      description = "Folder below RUN/evaluation (default: planner and protocol).")
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
    PlannerSettings.Kind kind = PlannerSettings.Kind.byName(planner);
    if (kind == PlannerSettings.Kind.MCTS) {
      throw new UsageException("Planner mcts is not built yet: choose none or beam");
    }
    Options.atLeast("--beam-width", beamWidth, 1);
    Options.atLeast("--horizon", horizon, 0);
    Options.atLeast("--context", context, 1);
    Options.atLeast("--episodes", episodes, 1);
    Options.atLeast("--threads", threads, 1);
    maxSteps.ifPresent(steps -> Options.atLeast("--max-steps", steps, 1));
    discount.ifPresent(d -> plannerSettings().withDiscount(d));
    games.forEach(Games::byName);
    Protocol.byName(protocol);
    if (!plan().name().matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new UsageException(
          "Option --name must be a folder's name of letters, digits, dots, dashes and underscores,"
              + " found "
              + plan().name());
    }
  }

  private PlannerSettings plannerSettings() {
    return PlannerSettings.Kind.byName(planner) == PlannerSettings.Kind.NONE
        ? PlannerSettings.none(context)
        : PlannerSettings.beam(beamWidth, horizon, context);
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
        plannerSettings(),
        discount.orElse(null),
        rules,
        episodes,
        seed,
        Math.min(rules.maxSteps(), maxSteps.orElse(rules.maxSteps())),
        name.orElse(planner + "-" + rules.id()));
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
              ? ", %d cut at %d steps"
                  .formatted(game.agent().truncated(), summary.protocol().maxSteps())
              : "",
          game.random().mean());
    }
  }
}
