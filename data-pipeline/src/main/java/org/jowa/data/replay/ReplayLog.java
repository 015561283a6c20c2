package org.jowa.data.replay;

import java.util.List;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;

/**
 * The files of one game and run.
 *
 * @param folder the run's {@code replay_logs} folder
 * @param checkpoints numbers of the checkpoints that have all four files, ascending
 * @param incomplete numbers between the first and the last that lack a file, ascending
 */
public record ReplayLog(
    Storage folder, Game game, int run, List<Integer> checkpoints, List<Integer> incomplete) {
  public ReplayLog {
    checkpoints = List.copyOf(checkpoints);
    incomplete = List.copyOf(incomplete);
  }

  /** The first file that an incomplete checkpoint lacks, as an error. */
  public DamagedLogException missing(int checkpoint) {
    for (LogFile.Kind kind : LogFile.Kind.values()) {
      LogFile file = file(kind, checkpoint);
      if (!file.exists()) {
        return file.missing();
      }
    }
    throw new IllegalArgumentException("Checkpoint " + checkpoint + " is complete");
  }

  LogFile file(LogFile.Kind kind, int checkpoint) {
    return file(kind.fileName(checkpoint));
  }

  LogFile file(String name) {
    return new LogFile(folder, game.name(), run, name);
  }
}
