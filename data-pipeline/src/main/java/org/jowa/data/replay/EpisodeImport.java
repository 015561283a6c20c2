package org.jowa.data.replay;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.ZipException;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jspecify.annotations.Nullable;

/**
 * Play of others on its way into a log: {@code GAME/NAME} in any of several formats, in the order
 * of the names, or a file {@code GAME.ext} alone.
 */
public final class EpisodeImport {
  private final Storage root;
  private final Game game;
  private final Actions actions;
  private final List<EpisodeFormat> formats;

  /** What the numbers of actions are. */
  public enum Actions {
    /** Places among the game's minimal actions, as Gymnasium numbers them by default. */
    MINIMAL,
    /** Ids in the full set of 18. */
    FULL
  }

  /**
   * What was taken.
   *
   * @param rows of whole episodes
   * @param cut episodes that were left out because they didn't end
   */
  public record Imported(long rows, long cut) {}

  private record Found(Storage folder, String name, EpisodeFormat format) {}

  private EpisodeImport(Storage root, Game game, Actions actions, List<EpisodeFormat> formats) {
    this.root = root;
    this.game = game;
    this.actions = actions;
    this.formats = List.copyOf(formats);
  }

  /** The files of a game below a folder. */
  public static EpisodeImport of(
      Storage root, Game game, Actions actions, List<EpisodeFormat> formats) {
    return new EpisodeImport(root, game, actions, formats);
  }

  /** The games that have files, in the order of their ids. */
  public static List<Game> games(Storage root, List<EpisodeFormat> formats) {
    return Games.all().stream()
        .filter(game -> of(root, game, Actions.MINIMAL, formats).count() > 0)
        .toList();
  }

  private List<Found> files() {
    List<Found> files = new ArrayList<>();
    Storage folder = root.folder(game.name());
    for (String name : folder.list()) {
      format(folder, name).ifPresent(format -> files.add(new Found(folder, name, format)));
    }
    for (String name : root.list()) {
      if (name.startsWith(game.name() + ".")) {
        format(root, name).ifPresent(format -> files.add(new Found(root, name, format)));
      }
    }
    return files;
  }

  private Optional<EpisodeFormat> format(Storage folder, String name) {
    return formats.stream().filter(format -> format.reads(folder, name)).findFirst();
  }

  /** How many files there are. */
  public int count() {
    return files().size();
  }

  /**
   * Adds all whole episodes to a log, rewards clipped to -1..1 and their sums kept as they are.
   *
   * @param fileDone called after each file
   * @throws InvalidInputException if there is no file, or none of them has a whole episode, or one
   *     is damaged or not as described
   */
  public Imported copyTo(ReplayLogWriter log, Runnable fileDone) {
    List<Found> files = files();
    if (files.isEmpty()) {
      throw new InvalidInputException(
          "No episodes of %s: expected %s".formatted(game.name(), expected(root, game, formats)));
    }
    long rows = 0;
    long cut = 0;
    for (Found file : files) {
      Imported imported = copy(file, log);
      rows += imported.rows();
      cut += imported.cut();
      fileDone.run();
    }
    if (rows == 0) {
      throw new InvalidInputException(
          String.format(
              Locale.ROOT,
              "No whole episodes of %s in %s: all %d are cut",
              game.name(),
              root.folder(game.name()),
              cut));
    }
    return new Imported(rows, cut);
  }

  /** What there would have to be in a folder, for messages. */
  public static String expected(Storage root, Game game, List<EpisodeFormat> formats) {
    return "files "
        + formats.stream()
            .map(format -> root.describe(game.name() + "/" + format.pattern()))
            .reduce((a, b) -> a + ", or " + b)
            .orElseThrow();
  }

  private Imported copy(Found found, ReplayLogWriter log) {
    try (EpisodeFile file = found.format().open(found.folder(), found.name())) {
      return copy(file, log);
    } catch (EOFException e) {
      throw wrong(found, "it ends early");
    } catch (ZipException e) {
      throw wrong(found, "it is no whole .npz (" + e.getMessage() + ")");
    } catch (IOException e) {
      throw wrong(found, String.valueOf(e.getMessage()));
    } catch (DamagedLogException e) {
      throw wrong(found, e.reason());
    } catch (WrongEpisodesException e) {
      throw wrong(found, e.getMessage());
    }
  }

  private Imported copy(EpisodeFile file, ReplayLogWriter log) throws IOException {
    EpisodeFile.Steps steps = file.steps();
    boolean[] whole = new boolean[steps.rows()];
    long cut = whole(steps, whole);
    byte[] frame = new byte[CheckpointReader.FRAME_BYTES];
    long rows = 0;
    for (int row = 0; row < steps.rows(); row++) {
      file.nextFrame(frame);
      double reward = steps.rewards()[row];
      if (!Double.isFinite(reward)) {
        throw new WrongEpisodesException(
            String.format(Locale.ROOT, "row %d has the reward %s", row, reward));
      }
      int action = action(row, steps.actions()[row]);
      if (whole[row]) {
        log.append(
            frame,
            action,
            (float) Math.max(-1, Math.min(1, reward)),
            reward,
            steps.terminals()[row] != 0);
        rows++;
      }
    }
    return new Imported(rows, cut);
  }

  /**
   * Marks the rows of episodes that end with the game's.
   *
   * @return how many episodes don't
   */
  private static long whole(EpisodeFile.Steps steps, boolean[] whole) {
    long cut = 0;
    int first = 0;
    for (int row = 0; row < whole.length; row++) {
      if (steps.terminals()[row] != 0) {
        Arrays.fill(whole, first, row + 1, true);
        first = row + 1;
      } else if (steps.cuts().isPresent() && steps.cuts().get()[row] != 0) {
        cut++;
        first = row + 1;
      }
    }
    if (first < whole.length) {
      if (steps.cuts().isEmpty()) {
        throw new WrongEpisodesException(
            "its last row is no terminal: only whole episodes are trained on");
      }
      cut++;
    }
    return cut;
  }

  private int action(int row, double value) {
    int action = (int) value;
    int index = actions == Actions.FULL ? game.toMinimalIndex(action) : action;
    if (index < 0 || index >= game.minimalActions().size()) {
      throw new WrongEpisodesException(
          String.format(
              Locale.ROOT,
              "row %d has the action %d, which %s doesn't have among its %s",
              row,
              action,
              game.name(),
              actions == Actions.FULL
                  ? "actions " + game.minimalActions()
                  : game.minimalActions().size() + " minimal actions"));
    }
    return index;
  }

  private static InvalidInputException wrong(Found found, @Nullable String what) {
    return new InvalidInputException(
        "Cannot import %s: %s".formatted(found.folder().describe(found.name()), what));
  }
}
