package org.jowa.jobs.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jowa.env.Protocol;
import org.jowa.env.game.Games;
import org.jowa.env.policy.Policies;
import org.jowa.jobs.record.RecordJob;
import org.jowa.jobs.spark.SparkJobs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "record",
    description =
        "Play games with a simple policy and write logs in the layout of DQN-Replay, one task for"
            + " each run of each game.")
final class RecordCommand extends JobCommand {
  @Option(
      names = {"--game", "--games"},
      required = true,
      split = ",",
      paramLabel = "G",
      description = "Games to play: Pong,Breakout for instance.")
  private List<String> games = new ArrayList<>();

  @Option(
      names = "--policy",
      split = ",",
      paramLabel = "P",
      description =
          "random, scripted, or follow, which keeps the paddle at the ball; scripted:E acts at"
              + " random with probability E, scripted:E:N holds random actions for N steps; runs"
              + " take several in turn (default: scripted:0.1).")
  private List<String> policies = new ArrayList<>(List.of("scripted:0.1"));

  @Option(
      names = "--steps",
      required = true,
      paramLabel = "N",
      description = "Agent steps of each game, spread over its runs; a step is four frames.")
  private int steps;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the logs: DIR/GAME/RUN/replay_logs.")
  private String out;

  @Option(
      names = "--runs",
      paramLabel = "R",
      description = "Runs of each game, each from its own seed (default: ${DEFAULT-VALUE}).")
  private int runs = 1;

  @Option(
      names = "--protocol",
      paramLabel = "P",
      description = "jowa (no sticky actions) or machado (default: ${DEFAULT-VALUE}).")
  private String protocol = "jowa";

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of emulators and policies (default: ${DEFAULT-VALUE}).")
  private int seed;

  @Option(
      names = "--roms",
      paramLabel = "DIR",
      description = "Folder of ROMs (default: ATARI_ROMS, else fetched with pip).")
  private Optional<Path> roms;

  @Override
  void check() {
    games.forEach(Games::byName);
    policies.forEach(Policies::byName);
    Protocol.byName(protocol);
    Options.atLeast("--steps", steps, 1);
    Options.atLeast("--runs", runs, 1);
    Options.atLeast("--seed", seed, 0);
  }

  @Override
  boolean playsGames() {
    return true;
  }

  @Override
  int run() {
    RecordJob.Plan plan =
        new RecordJob.Plan(games, runs, policies, steps, Protocol.byName(protocol), seed, out);
    try (SparkJobs jobs = SparkJobs.start("record", 1)) {
      new RecordJob(plan, roms).run(jobs);
    }
    return CommandLines.OK;
  }
}
