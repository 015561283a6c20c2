package org.jowa.jobs.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.env.Protocol;
import org.jowa.env.game.Game;
import org.jowa.error.UsageException;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.evaluate.Player;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is played, by which model and by which rules, for every command that scores play. */
final class PlayOptions {
  private static final String ALL = "all";

  @Option(
      names = "--run",
      required = true,
      paramLabel = "RUN",
      description = "Run folder of the model.")
  private String run;

  @Option(
      names = "--checkpoint",
      paramLabel = "C",
      description =
          "Step of the run's checkpoint, or a checkpoint's folder (default: the newest); evaluate"
              + " also takes several, 1000,2000 or all, for the score over training.")
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
  private List<Game> games = new ArrayList<>();

  @Mixin private PlannerOptions planner;

  @Option(
      names = "--protocol",
      defaultValue = "jowa",
      paramLabel = "P",
      description =
          "jowa (no sticky actions, 108,000 steps) or machado (sticky 0.25, 27,000 steps; default:"
              + " ${DEFAULT-VALUE}).")
  private Protocol protocol;

  @Option(
      names = "--max-steps",
      paramLabel = "M",
      description = "Cut episodes after so many agent steps (default: the protocol's).")
  private Optional<Integer> maxSteps;

  @Option(
      names = "--support",
      paramLabel = "S",
      description =
          "Actions that the data's players do less than this share as often as their likeliest one"
              + " are out, 0 to 1: at 1 the agent does what they mostly do, at 0 all compete"
              + " (default: that which the model was trained with).")
  private Optional<Double> support;

  @Mixin private RomsOption roms;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Cores of a task, Spark's spark.task.cpus (default: ${DEFAULT-VALUE}).")
  private int threads = 1;

  /** Checks everything that needs no model. */
  void check() {
    planner.check();
    Options.atLeast("--threads", threads, 1);
    maxSteps.ifPresent(steps -> Options.atLeast("--max-steps", steps, 1));
    support.ifPresent(share -> Options.share("--support", share));
    checkpoints();
  }

  /** For commands that play with one checkpoint. */
  void requireOneCheckpoint(String command) {
    if (checkpoints().isPresent()) {
      throw new UsageException(
          "%s plays with one checkpoint, found --checkpoint %s: give a step or a folder"
              .formatted(command, checkpoint));
    }
  }

  /**
   * The steps of several checkpoints, none for all of them; empty where one checkpoint was given or
   * nothing.
   *
   * @throws UsageException if a list has a hole
   */
  Optional<List<Long>> checkpoints() {
    if (checkpoint == null) {
      return Optional.empty();
    }
    if (checkpoint.equals(ALL)) {
      return Optional.of(List.of());
    }
    if (!checkpoint.contains(",") || checkpoint.contains("/")) {
      return Optional.empty();
    }
    List<Long> steps = new ArrayList<>();
    for (String step : checkpoint.split(",", -1)) {
      if (!step.matches("\\d{1,18}")) {
        throw new UsageException(
            "Option --checkpoint must be steps with single commas between them, found "
                + checkpoint);
      }
      steps.add(Long.valueOf(step));
    }
    return Optional.of(steps);
  }

  static void checkName(String name) {
    checkName("Option --name", name);
  }

  /**
   * @param what the name is, for the message
   */
  static void checkName(String what, String name) {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new UsageException(
          "%s must be a folder's name of letters, digits, dots, dashes and underscores, found %s"
              .formatted(what, name));
    }
  }

  String run() {
    return run;
  }

  int threads() {
    return threads;
  }

  Optional<Path> roms() {
    return roms.folder();
  }

  PlannerOptions planner() {
    return planner;
  }

  /** An evaluation of these games by these rules. */
  EvaluationPlan plan(
      Player player,
      Map<String, Player> players,
      @Nullable Long tunedOn,
      int episodes,
      long seed,
      @Nullable String name,
      boolean tuning) {
    return new EvaluationPlan(
        run,
        checkpoint,
        tokenizer == null ? run : tokenizer,
        games.stream().map(Game::name).distinct().toList(),
        player,
        players,
        support.orElse(null),
        tunedOn,
        protocol,
        episodes,
        seed,
        Math.min(protocol.maxSteps(), maxSteps.orElse(protocol.maxSteps())),
        name,
        tuning);
  }
}
