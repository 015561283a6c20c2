package org.jowa.jobs.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jowa.error.UsageException;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.launch.SparkJobs;
import org.jowa.jobs.play.PlayJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "play",
    description =
        "Play one episode and keep it as a clip: the screen, what the model gets and keeps of it,"
            + " the steps that it imagines, and what it expects of each action.")
final class PlayCommand extends JobCommand {
  @Mixin private PlayOptions play;

  @Option(
      names = "--clip",
      required = true,
      paramLabel = "FILE",
      description = "Animated GIF to write, on this machine.")
  private Path clip;

  @Option(
      names = "--episode",
      paramLabel = "N",
      description =
          "Number of the episode, as in an evaluation of the same seed (default:"
              + " ${DEFAULT-VALUE}).")
  private int episode;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of emulator and random actions (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  void check() {
    play.check();
    play.requireOneCheckpoint("play");
    Options.atLeast("--episode", episode, 0);
    EvaluationPlan plan = plan();
    if (plan.games().size() != 1) {
      throw new UsageException("play takes one game: give one with --game");
    }
    if (play.planner().isTreeSearch()) {
      throw new UsageException(
          "play shows plans of beam search: choose --planner beam, or --horizon 0 to act greedily");
    }
    if (!clip.toString().endsWith(".gif")) {
      throw new UsageException("Option --clip must be a file that ends in .gif, found " + clip);
    }
    if (!Files.isDirectory(clip.toAbsolutePath().getParent())) {
      throw new UsageException(
          "Option --clip must be a file in a folder that is there, found " + clip);
    }
  }

  private EvaluationPlan plan() {
    return play.plan(play.planner().player(), Map.of(), null, 1, seed, "play", false);
  }

  @Override
  boolean playsGames() {
    return true;
  }

  @Override
  int threadsPerTask() {
    return play.threads();
  }

  @Override
  int run() throws Exception {
    try (SparkJobs jobs = SparkJobs.start("play", play.threads())) {
      PlayJob job = new PlayJob(plan(), episode, play.threads(), play.roms());
      PlayJob.Played played = job.clip(clip, SparkJobs.hadoop());
      System.out.printf(
          Locale.ROOT,
          "%s: return %.1f in %d steps%s%n",
          clip,
          played.rawReturn(),
          played.steps(),
          played.over() ? "" : ", cut");
    }
    return CommandLines.OK;
  }
}
