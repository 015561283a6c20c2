package org.jowa.jobs.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jowa.error.UsageException;
import org.jowa.jobs.evaluate.EvaluationPlan;
import org.jowa.jobs.play.PlayJob;
import org.jowa.jobs.play.ServeAddress;
import org.jowa.jobs.play.ServeJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "play",
    description =
        "Play one episode and keep it as a clip: the screen, what the model gets and keeps of it,"
            + " the steps that it imagines, and what it expects of each action. Or serve a page on"
            + " which you and the agent play, in the game and inside the model.")
final class PlayCommand extends PlayingCommand {
  @Option(
      names = "--clip",
      paramLabel = "FILE",
      description = "Animated GIF to write, on this machine.")
  private Optional<Path> clip;

  @Option(
      names = "--serve",
      arity = "0..1",
      fallbackValue = ServeAddress.DEFAULT,
      paramLabel = "ADDRESS",
      description =
          "Serve a page at HOST:PORT or PORT (" + ServeAddress.DEFAULT + " if nothing is said).")
  private Optional<String> serve;

  @Option(
      names = "--token",
      paramLabel = "T",
      description = "What visitors of the page have to know, for addresses that others can reach.")
  private Optional<String> token;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description =
          "Data set whose frames imagined episodes begin at (default: the one that the run names).")
  private Optional<String> data;

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
    if (clip.isPresent() == serve.isPresent()) {
      throw new UsageException("play makes a clip or serves a page: give --clip FILE or --serve");
    }
    if (serve.isPresent()) {
      ServeAddress.parse(serve.get(), token);
    } else {
      checkClip(clip.get());
    }
  }

  private void checkClip(Path file) {
    if (token.isPresent() || data.isPresent()) {
      throw new UsageException("Options --token and --data are for --serve");
    }
    if (!play.planner().canBeShown()) {
      throw new UsageException(
          "A clip shows plans of beam search: choose --planner beam, or --horizon 0 to act"
              + " greedily");
    }
    if (!file.toString().endsWith(".gif")) {
      throw new UsageException("Option --clip must be a file that ends in .gif, found " + file);
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new UsageException(
          "Option --clip must be a file in a folder that is there, found " + file);
    }
  }

  private EvaluationPlan plan() {
    return play.plan(play.planner().player(), Map.of(), null, 1, seed, "play", false);
  }

  @Override
  int run() throws Exception {
    if (serve.isPresent()) {
      serve(ServeAddress.parse(serve.get(), token));
    } else {
      clip(clip.get());
    }
    return CommandLines.OK;
  }

  private void serve(ServeAddress address) throws Exception {
    inSpark(
        new ServeJob(
            plan(),
            episode,
            play.threads(),
            play.roms(),
            data,
            address,
            page -> System.out.printf("Play at %s (Ctrl-C ends)%n", page)));
  }

  private void clip(Path file) throws Exception {
    PlayJob.Played played =
        inSpark(new PlayJob(plan(), episode, play.threads(), play.roms(), file));
    System.out.printf(
        Locale.ROOT,
        "%s: return %.1f in %d steps%s%n",
        file,
        played.rawReturn(),
        played.steps(),
        played.over() ? "" : ", cut");
  }
}
