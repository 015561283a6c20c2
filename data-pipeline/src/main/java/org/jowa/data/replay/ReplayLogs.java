package org.jowa.data.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jspecify.annotations.Nullable;

/**
 * Trees of replay logs: {@code {Game}/{run}/replay_logs/$store$_{kind}_ckpt.{n}.gz}. What is found
 * doesn't depend on the order in which a file system lists.
 */
public final class ReplayLogs {
  private static final Pattern STORE_FILE =
      Pattern.compile("\\$store\\$_(observation|action|reward|terminal)_ckpt\\.(\\d{1,9})\\.gz");

  private static final int MOST_CHECKPOINTS = 100_000;
  private static final String LOGS = "replay_logs";
  private static final long MOST_RECORDING_BYTES = 1L << 28;

  private final List<Storage> roots;
  private final String name;

  private ReplayLogs(List<Storage> roots, String name) {
    this.roots = roots;
    this.name = name;
  }

  /**
   * @param source folder or URI, or a pattern of such as Hadoop's file systems know them ({@code
   *     *}, {@code ?}, {@code [ab]}, {@code {a,b}}): the trees below all that match are taken
   *     together
   * @throws InvalidInputException when nothing matches
   */
  public static ReplayLogs at(String source, Configuration configuration) {
    return new ReplayLogs(Storage.matching(source, configuration), source);
  }

  /**
   * The games that have a folder, by name.
   *
   * @throws InvalidInputException when there is none
   */
  public List<Game> games() {
    List<String> folders = roots.stream().flatMap(root -> root.list().stream()).toList();
    List<Game> games =
        Games.all().stream()
            .filter(game -> folders.contains(game.name()) && !runs(game).isEmpty())
            .sorted(Comparator.comparing(Game::name))
            .toList();
    if (games.isEmpty()) {
      throw new InvalidInputException(
          "No replay logs in %s: expected folders {Game}/{run}/replay_logs, Pong/1/replay_logs for instance."
              .formatted(name));
    }
    return games;
  }

  /** The numbers of a game's runs, ascending. */
  public List<Integer> runs(Game game) {
    return roots.stream()
        .flatMap(
            root ->
                root.folder(game.name()).list().stream()
                    .filter(folder -> folder.matches("\\d{1,9}"))
                    .filter(run -> root.isFolder(path(game, run))))
        .map(Integer::valueOf)
        .distinct()
        .sorted()
        .toList();
  }

  /**
   * The log of one run.
   *
   * @throws InvalidInputException when there is no such run, or more than one
   */
  public ReplayLog log(Game game, int run) {
    Storage folder = folder(game, run);
    List<String> names = folder.list();
    Set<String> files = new HashSet<>(names);
    TreeSet<Integer> numbers = new TreeSet<>();
    for (String file : names) {
      Matcher matcher = STORE_FILE.matcher(file);
      if (matcher.matches()) {
        numbers.add(Integer.valueOf(matcher.group(2)));
      }
    }
    if (numbers.isEmpty()) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "No replay log of game %s, run %d in %s: expected files like %s.",
              game.name(),
              run,
              folder,
              LogFile.Kind.OBSERVATION.fileName(0)));
    }
    if (numbers.last() - numbers.first() >= MOST_CHECKPOINTS) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "The replay log of game %s, run %d in %s has checkpoints %d to %d, more than %d.",
              game.name(),
              run,
              folder,
              numbers.first(),
              numbers.last(),
              MOST_CHECKPOINTS));
    }
    List<Integer> complete = new ArrayList<>();
    List<Integer> incomplete = new ArrayList<>();
    for (int n = numbers.first(); n <= numbers.last(); n++) {
      int number = n;
      boolean whole =
          Arrays.stream(LogFile.Kind.values())
              .allMatch(kind -> files.contains(kind.fileName(number)));
      (whole ? complete : incomplete).add(n);
    }
    return new ReplayLog(folder, game, run, complete, incomplete);
  }

  /**
   * What the run's recorder knew beside the log; null when it left no side file.
   *
   * @throws InvalidInputException when the side file can't be read
   */
  public @Nullable Recording recording(Game game, int run) {
    Storage folder = folder(game, run);
    if (!folder.exists(Recording.FILE_NAME)) {
      return null;
    }
    return Json.read(
        folder.read(Recording.FILE_NAME, MOST_RECORDING_BYTES),
        Recording.class,
        folder.describe(Recording.FILE_NAME));
  }

  private Storage folder(Game game, int run) {
    String path = path(game, Integer.toString(run));
    List<Storage> found = roots.stream().filter(root -> root.isFolder(path)).toList();
    if (found.size() > 1) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "Game %s, run %d is in %s and in %s: name a source that has each run once.",
              game.name(),
              run,
              found.get(0),
              found.get(1)));
    }
    return (found.isEmpty() ? roots.get(0) : found.get(0)).folder(path);
  }

  private static String path(Game game, String run) {
    return game.name() + "/" + run + "/" + LOGS;
  }
}
