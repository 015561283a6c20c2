package org.jowa.jobs.episodes;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import org.jowa.data.replay.EpisodeFormat;
import org.jowa.data.replay.EpisodeImport;
import org.jowa.data.replay.Hdf5Format;
import org.jowa.data.replay.NpyFolderFormat;
import org.jowa.data.replay.NpzFormat;
import org.jowa.data.replay.ReplayLogWriter;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;

/**
 * Turns episodes of others into logs in the layout of DQN-Replay, a task for each game.
 *
 * @param source URI of the folder with {@code GAME/NAME} in any of {@link #FORMATS}
 * @param out URI of the tree that gets {@code GAME/RUN/replay_logs}
 * @param games names; empty for all that have episodes
 * @param run number of the run in the logs
 * @param actions what the numbers of actions are
 * @param player who played, for the data set's card
 * @param stickyActions probability that the emulator repeated the action before
 */
public record ImportEpisodesJob(
    String source,
    String out,
    List<String> games,
    int run,
    EpisodeImport.Actions actions,
    String player,
    double stickyActions)
    implements Serializable, Job<List<String>> {
  /** What files may be. */
  public static final List<EpisodeFormat> FORMATS =
      List.of(new NpzFormat(), new NpyFolderFormat(), new Hdf5Format(), new ParquetFormat());

  /** A tenth of the public logs': an ingest gives each file a task. */
  private static final int ROWS_PER_FILE = 100_000;

  /**
   * Imports everything; a game's log appears when it is complete.
   *
   * @return a line for each game
   * @throws InvalidInputException if there are no episodes, a file is not as described, or there is
   *     a log already
   */
  @Override
  public List<String> run(SparkJobs jobs) {
    Storage folder = Storage.at(source, SparkJobs.hadoop());
    List<Game> found =
        games.isEmpty()
            ? EpisodeImport.games(folder, FORMATS)
            : games.stream().map(Games::byName).toList();
    if (found.isEmpty()) {
      throw new InvalidInputException(
          "No episodes in %s: expected, of Pong for instance, %s"
              .formatted(source, EpisodeImport.expected(folder, Games.byName("Pong"), FORMATS)));
    }
    ImportEpisodesJob job = this;
    return jobs.each(
        "import-episodes",
        "files",
        found.stream()
            .mapToLong(game -> EpisodeImport.of(folder, game, actions, FORMATS).count())
            .sum(),
        found.stream().map(Game::name).toList(),
        (name, progress) -> job.importGame(Games.byName(name), () -> progress.advance(1)));
  }

  private String importGame(Game game, Runnable fileDone) {
    try (ReplayLogWriter log =
        ReplayLogWriter.create(
            Storage.at(out, SparkJobs.hadoop()),
            game,
            run,
            player,
            0,
            stickyActions,
            null,
            ROWS_PER_FILE)) {
      EpisodeImport.Imported imported =
          EpisodeImport.of(Storage.at(source, SparkJobs.hadoop()), game, actions, FORMATS)
              .copyTo(log, fileDone);
      log.finish();
      return String.format(
          Locale.ROOT,
          "%s: %d steps in %s/%s/%d/replay_logs%s",
          game,
          imported.rows(),
          out,
          game,
          run,
          imported.cut() == 0
              ? ""
              : String.format(Locale.ROOT, ", %d cut episodes left out", imported.cut()));
    }
  }
}
