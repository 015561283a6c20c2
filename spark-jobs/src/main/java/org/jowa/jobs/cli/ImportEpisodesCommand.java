package org.jowa.jobs.cli;

import java.util.ArrayList;
import java.util.List;
import org.jowa.data.replay.EpisodeImport;
import org.jowa.env.game.Game;
import org.jowa.jobs.episodes.ImportEpisodesJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "import-episodes",
    description =
        "Turn your own play in NumPy, HDF5 or Parquet files into logs for bin/jowa ingest"
            + " (docs/own-data.md).")
final class ImportEpisodesCommand extends JobCommand {
  @Parameters(
      paramLabel = "DIR",
      description =
          "Folder of GAME/NAME.npz, .hdf5 or .parquet, or GAME/NAME/*.npy, with whole episodes each.")
  private String source;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "LOGS",
      description = "Tree that gets GAME/RUN/replay_logs.")
  private String out;

  @Option(
      names = "--games",
      split = ",",
      paramLabel = "A,B",
      description = "Games to take (default: all that have files).")
  private List<Game> games = new ArrayList<>();

  @Option(
      names = "--run",
      paramLabel = "N",
      description = "Number of the run in the logs (default: ${DEFAULT-VALUE}).")
  private int run = 1;

  @Option(
      names = "--actions",
      paramLabel = "minimal|full",
      description =
          "Numbers of actions: minimal, places among the game's own, as Gymnasium has them by"
              + " default; full, ids of the set of 18 (default: ${DEFAULT-VALUE}).")
  private String actions = "minimal";

  @Option(
      names = "--sticky-actions",
      required = true,
      paramLabel = "P",
      description =
          "Probability that the emulator repeated the action before (0.25 in Gymnasium's v5).")
  private double stickyActions;

  @Option(
      names = "--player",
      paramLabel = "NAME",
      description = "Who played, for the data set's card (default: ${DEFAULT-VALUE}).")
  private String player = "imported";

  @Override
  void check() {
    Options.atLeast("--run", run, 1);
    Options.share("--sticky-actions", stickyActions);
    kind();
  }

  private EpisodeImport.Actions kind() {
    return Options.choice("--actions", actions, EpisodeImport.Actions.class);
  }

  @Override
  int run() throws Exception {
    List<String> names = games.stream().map(Game::name).distinct().toList();
    inSpark(new ImportEpisodesJob(source, out, names, run, kind(), player, stickyActions))
        .forEach(System.out::println);
    return CommandLines.OK;
  }
}
