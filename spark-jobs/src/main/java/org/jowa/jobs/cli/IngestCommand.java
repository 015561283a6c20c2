package org.jowa.jobs.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jowa.data.dataset.Sampling;
import org.jowa.data.ingest.BadSource;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.replay.ReplayRows;
import org.jowa.error.UsageException;
import org.jowa.jobs.ingest.IngestJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "ingest",
    description =
        "Turn logs in the layout of DQN-Replay into a data set of Arrow shards, one task for each"
            + " checkpoint file.")
final class IngestCommand extends JobCommand {
  @Option(
      names = "--source",
      required = true,
      paramLabel = "DIR",
      description =
          "Folder of the logs, DIR/GAME/RUN/replay_logs, or a quoted pattern of several such.")
  private String source;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DATASET",
      description = "Folder of the new data set.")
  private String out;

  @Option(
      names = "--games",
      split = ",",
      paramLabel = "A,B",
      description = "Games to take (default: all that have logs).")
  private List<String> games = new ArrayList<>();

  @Option(
      names = "--steps-per-game",
      paramLabel = "N",
      description =
          "Draw about N steps of each game, episodes with replacement out of two runs, as the paper"
              + " does (default: everything once).")
  private Optional<Long> stepsPerGame;

  @Option(
      names = "--without-replacement",
      description = "With --steps-per-game, draw no episode twice.")
  private boolean withoutReplacement;

  @Option(
      names = "--held-out",
      paramLabel = "F",
      description = "Share of the episodes never trained on (default: ${DEFAULT-VALUE}).")
  private double heldOut = 0.02;

  @Option(
      names = "--lanes",
      paramLabel = "L",
      description =
          "Lanes of the sample order, a multiple of every number of ranks to come (default: as many"
              + " as the episodes fill evenly, at most 64).")
  private Optional<Integer> lanes;

  @Option(
      names = "--rows",
      paramLabel = "R",
      description =
          "joined: whole episodes across files, without padding and stale rows; within-files: whole"
              + " episodes of each file by itself; reference: file by file, as the paper's code does"
              + " (default: ${DEFAULT-VALUE}).")
  private String rows = "joined";

  @Option(
      names = "--on-bad-source",
      paramLabel = "fail|skip",
      description =
          "What to do about a damaged or missing file: fail, or leave its checkpoint out and list"
              + " it in the manifest (default: ${DEFAULT-VALUE}).")
  private String onBadSource = "fail";

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of draws and of the held-out split (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Override
  void check() {
    options();
  }

  private IngestOptions options() {
    if (withoutReplacement && stepsPerGame.isEmpty()) {
      throw new UsageException("Option --without-replacement needs --steps-per-game");
    }
    return IngestOptions.everything(source, heldOut, seed)
        .withGames(games)
        .withStepsPerGame(stepsPerGame.orElse(null))
        .withSampling(withoutReplacement ? Sampling.WITHOUT_REPLACEMENT : Sampling.WITH_REPLACEMENT)
        .withLanes(lanes.orElse(null))
        .withRows(Options.choice("--rows", rows, ReplayRows.class))
        .withOnBadSource(Options.choice("--on-bad-source", onBadSource, BadSource.class));
  }

  @Override
  int run() throws Exception {
    inSpark(new IngestJob(out, options()));
    return CommandLines.OK;
  }
}
