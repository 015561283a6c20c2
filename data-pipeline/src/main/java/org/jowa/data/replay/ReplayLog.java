package org.jowa.data.replay;

import java.util.List;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;

/**
 * The files of one game and run.
 *
 * @param folder the run's {@code replay_logs} folder
 * @param checkpoints numbers of the checkpoints, ascending and without a gap
 */
public record ReplayLog(Storage folder, Game game, int run, List<Integer> checkpoints) {
  LogFile file(LogFile.Kind kind, int checkpoint) {
    return file(kind.fileName(checkpoint));
  }

  LogFile file(String name) {
    return new LogFile(folder, game.name(), run, name);
  }
}
