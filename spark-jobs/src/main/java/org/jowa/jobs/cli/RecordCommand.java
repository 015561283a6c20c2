package org.jowa.jobs.cli;

import java.util.ArrayList;
import java.util.List;
import org.jowa.env.Protocol;
import org.jowa.env.game.Game;
import org.jowa.env.policy.Policies;
import org.jowa.jobs.record.RecordJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
  private List<Game> games = new ArrayList<>();

  @Option(
      names = "--policy",
      split = ",",
      paramLabel = "P",
      description =
          "random, scripted, or follow, which keeps the paddle at the ball; scripted:E acts at"
              + " random with probability E, scripted:E:N holds random actions for N steps,"
              + " follow:E:N:A aims A pixels beside the ball; runs take several in turn (default:"
              + " scripted:0.1).")
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
      defaultValue = "jowa",
      paramLabel = "P",
      description = "jowa (no sticky actions) or machado (default: ${DEFAULT-VALUE}).")
  private Protocol protocol;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of emulators and policies (default: ${DEFAULT-VALUE}).")
  private int seed;

  @Mixin private RomsOption roms;

  @Override
  void check() {
    policies.forEach(Policies::byName);
    Options.atLeast("--steps", steps, 1);
    Options.atLeast("--runs", runs, 1);
    Options.atLeast("--seed", seed, 0);
  }

  @Override
  boolean playsGames() {
    return true;
  }

  @Override
  int run() throws Exception {
    RecordJob.Plan plan =
        new RecordJob.Plan(
            games.stream().map(Game::name).toList(), runs, policies, steps, protocol, seed, out);
    inSpark(new RecordJob(plan, roms.folder()));
    return CommandLines.OK;
  }
}
