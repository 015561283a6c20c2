package org.jowa.data.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;

/**
 * A tree of replay logs: {@code {Game}/{run}/replay_logs/$store$_{kind}_ckpt.{n}.gz}. What is found
 * doesn't depend on the order in which a file system lists.
 */
public final class ReplayLogs {
  private static final Pattern STORE_FILE =
      Pattern.compile("\\$store\\$_(observation|action|reward|terminal)_ckpt\\.(\\d{1,9})\\.gz");

  private final Storage root;

  private ReplayLogs(Storage root) {
    this.root = root;
  }

  public static ReplayLogs at(Storage root) {
    return new ReplayLogs(root);
  }

  /**
   * The games that have a folder, by name.
   *
   * @throws InvalidInputException when there is none
   */
  public List<Game> games() {
    List<String> folders = root.list();
    List<Game> games = new ArrayList<>();
    for (Game game : Games.all()) {
      if (folders.contains(game.name()) && !runs(game).isEmpty()) {
        games.add(game);
      }
    }
    if (games.isEmpty()) {
      throw new InvalidInputException(
          "No replay logs in %s: expected folders {Game}/{run}/replay_logs, Pong/1/replay_logs for instance."
              .formatted(root));
    }
    games.sort((a, b) -> a.name().compareTo(b.name()));
    return List.copyOf(games);
  }

  /** The numbers of a game's runs, ascending. */
  public List<Integer> runs(Game game) {
    return root.folder(game.name()).list().stream()
        .filter(name -> name.matches("\\d{1,9}"))
        .map(Integer::valueOf)
        .filter(run -> root.isFolder(game.name() + "/" + run + "/replay_logs"))
        .sorted()
        .toList();
  }

  /**
   * The log of one run. Every checkpoint has to have all four files, and no number may be missing
   * between the first and the last.
   *
   * @throws InvalidInputException when there is no such run, or when files are missing
   */
  public ReplayLog log(Game game, int run) {
    Storage folder = root.folder(game.name() + "/" + run + "/replay_logs");
    TreeSet<Integer> checkpoints = new TreeSet<>();
    for (String name : folder.list()) {
      Matcher file = STORE_FILE.matcher(name);
      if (file.matches()) {
        checkpoints.add(Integer.valueOf(file.group(2)));
      }
    }
    if (checkpoints.isEmpty()) {
      throw new InvalidInputException(
          "No replay log of game %s, run %d in %s: expected files like %s."
              .formatted(game.name(), run, folder, LogFile.Kind.OBSERVATION.fileName(0)));
    }
    List<Integer> present = new ArrayList<>();
    for (int n = checkpoints.first(); n <= checkpoints.last(); n++) {
      for (LogFile.Kind kind : LogFile.Kind.values()) {
        LogFile file = new LogFile(folder, game.name(), run, kind.fileName(n));
        if (!file.exists()) {
          throw new InvalidInputException(
              "Missing replay log file: game %s, run %d, file %s. Fetch or record it again."
                  .formatted(game.name(), run, folder.describe(file.name())));
        }
      }
      present.add(n);
    }
    return new ReplayLog(folder, game, run, List.copyOf(present));
  }
}
