package org.jowa.data.replay;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;

/**
 * Play of others as NumPy archives, {@code GAME/NAME.npz}, in the order of their names. A file
 * holds one or more whole episodes in the arrays {@code observations} (uint8 {@code [n, 84, 84]},
 * with or without a dimension of 1 for the channel), {@code actions}, {@code rewards} and {@code
 * terminals} ({@code [n]} each); row t is what was seen, done, earned for it, and whether the game
 * was over then. docs/own-data.md describes it for users.
 */
public final class NpzEpisodes {
  private static final String SUFFIX = ".npz";
  private static final Set<String> WHOLE_NUMBERS =
      Set.of("|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<i8", "<u8");
  private static final Set<String> NUMBERS = Set.of("<f4", "<f8");
  private static final Set<String> FLAGS = Set.of("|b1");
  private static final long MOST_ROWS = 100_000_000;

  private final Storage folder;
  private final Game game;
  private final Actions actions;

  /** What the numbers of actions are. */
  public enum Actions {
    /** Places among the game's minimal actions, as Gymnasium numbers them by default. */
    MINIMAL,
    /** Ids in the full set of 18. */
    FULL
  }

  private NpzEpisodes(Storage folder, Game game, Actions actions) {
    this.folder = folder;
    this.game = game;
    this.actions = actions;
  }

  /** The files of a game below a folder. */
  public static NpzEpisodes of(Storage root, Game game, Actions actions) {
    return new NpzEpisodes(root.folder(game.name()), game, actions);
  }

  /** The games that have a folder with files, in the order of their ids. */
  public static List<Game> games(Storage root) {
    List<Game> games = new ArrayList<>();
    for (int id = 0; id < Games.COUNT; id++) {
      if (!of(root, Games.byId(id), Actions.MINIMAL).files().isEmpty()) {
        games.add(Games.byId(id));
      }
    }
    return games;
  }

  private List<String> files() {
    return folder.list().stream().filter(name -> name.endsWith(SUFFIX)).toList();
  }

  /** How many files there are. */
  public int count() {
    return files().size();
  }

  /**
   * Adds all rows to a log, rewards clipped to -1..1 and their sums kept as they are.
   *
   * @param fileDone called after each file
   * @return how many rows there are
   * @throws InvalidInputException if there is no file, or one is damaged or of another layout
   */
  public long copyTo(ReplayLogWriter log, Runnable fileDone) {
    List<String> files = files();
    if (files.isEmpty()) {
      throw new InvalidInputException(
          "No episodes of %s: expected files %s"
              .formatted(game.name(), folder.describe("NAME" + SUFFIX)));
    }
    long rows = 0;
    for (String name : files) {
      rows += copy(name, log);
      fileDone.run();
    }
    return rows;
  }

  private long copy(String name, ReplayLogWriter log) {
    Path copied = null;
    try {
      Path local = folder.localPath(name).orElse(null);
      if (local == null) {
        copied = Files.createTempFile("episodes", SUFFIX);
        try (InputStream in = folder.open(name)) {
          Files.copy(in, copied, StandardCopyOption.REPLACE_EXISTING);
        }
        local = copied;
      }
      try (ZipFile zip = new ZipFile(local.toFile())) {
        return copy(zip, name, log);
      }
    } catch (EOFException e) {
      throw wrong(name, "it ends early");
    } catch (ZipException e) {
      throw wrong(name, "it is no whole .npz (" + e.getMessage() + ")");
    } catch (IOException e) {
      throw wrong(name, String.valueOf(e.getMessage()));
    } catch (DamagedLogException e) {
      throw wrong(name, e.reason());
    } finally {
      delete(copied);
    }
  }

  private static void delete(Path copied) {
    try {
      if (copied != null) {
        Files.deleteIfExists(copied);
      }
    } catch (IOException e) {
      // A temporary file more does no harm.
    }
  }

  private long copy(ZipFile zip, String name, ReplayLogWriter log) throws IOException {
    double[] played = numbers(zip, name, "actions", WHOLE_NUMBERS);
    double[] rewards = numbers(zip, name, "rewards", union(NUMBERS, WHOLE_NUMBERS));
    double[] terminals = numbers(zip, name, "terminals", union(FLAGS, WHOLE_NUMBERS));
    int rows = played.length;
    if (rewards.length != rows || terminals.length != rows) {
      throw wrong(
          name,
          String.format(
              Locale.ROOT,
              "it has %d actions, %d rewards and %d terminals",
              rows,
              rewards.length,
              terminals.length));
    }
    if (rows == 0 || terminals[rows - 1] == 0) {
      throw wrong(name, "its last row is no terminal: only whole episodes are trained on");
    }
    try (Array observations = open(zip, name, "observations", Set.of("|u1"))) {
      requireFrames(name, observations.header.shape(), rows);
      byte[] frame = new byte[CheckpointReader.FRAME_BYTES];
      for (int row = 0; row < rows; row++) {
        observations.in.readFully(frame);
        double reward = rewards[row];
        if (!Double.isFinite(reward)) {
          throw wrong(name, String.format(Locale.ROOT, "row %d has the reward %s", row, reward));
        }
        log.append(
            frame,
            action(name, row, played[row]),
            (float) Math.max(-1, Math.min(1, reward)),
            reward,
            terminals[row] != 0);
      }
    }
    return rows;
  }

  private void requireFrames(String name, List<Long> shape, long rows) {
    List<Long> sizes = new ArrayList<>(shape);
    if (sizes.size() == 4) {
      // One channel, before or behind the pixels.
      int channel = sizes.get(1) == 1 ? 1 : 3;
      if (sizes.get(channel) == 1) {
        sizes.remove(channel);
      }
    }
    if (!sizes.equals(List.of(rows, 84L, 84L))) {
      throw wrong(
          name,
          String.format(
              Locale.ROOT,
              "observations are %s, expected [%d, 84, 84]: one gray frame a row",
              shape,
              rows));
    }
  }

  private int action(String name, int row, double value) {
    int action = (int) value;
    int index = actions == Actions.FULL ? game.toMinimalIndex(action) : action;
    if (index < 0 || index >= game.minimalActions().size()) {
      throw wrong(
          name,
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

  /** An array under way. */
  private record Array(NpyHeader header, DataInputStream in) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private Array open(ZipFile zip, String name, String array, Set<String> types) throws IOException {
    ZipEntry entry = zip.getEntry(array + ".npy");
    if (entry == null) {
      throw wrong(
          name,
          "it has no array %s, only %s"
              .formatted(
                  array,
                  zip.stream()
                      .limit(10)
                      .map(found -> found.getName().replaceFirst("\\.npy$", ""))
                      .toList()));
    }
    DataInputStream in =
        new DataInputStream(new BufferedInputStream(zip.getInputStream(entry), 1 << 16));
    NpyHeader header = NpyHeader.read(in, new LogFile(folder, game.name(), 1, name));
    if (!types.contains(header.type())) {
      throw wrong(
          name,
          "%s are of type %s, expected one of %s"
              .formatted(array, header.type(), types.stream().sorted().toList()));
    }
    return new Array(header, in);
  }

  private double[] numbers(ZipFile zip, String name, String array, Set<String> types)
      throws IOException {
    try (Array numbers = open(zip, name, array, types)) {
      List<Long> shape = numbers.header.shape();
      if (shape.size() != 1 || shape.get(0) > MOST_ROWS) {
        throw wrong(name, "%s are %s, expected [rows]".formatted(array, shape));
      }
      String type = numbers.header.type();
      int size = type.charAt(2) - '0';
      int count = Math.toIntExact(shape.get(0));
      byte[] bytes = numbers.in.readNBytes(Math.multiplyExact(count, size));
      if (bytes.length < count * size) {
        throw new EOFException();
      }
      ByteBuffer values = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      double[] result = new double[count];
      for (int i = 0; i < count; i++) {
        result[i] = number(values, type, i * size);
      }
      return result;
    }
  }

  private static double number(ByteBuffer values, String type, int at) {
    return switch (type.substring(1)) {
      case "u1", "b1" -> values.get(at) & 0xff;
      case "i1" -> values.get(at);
      case "u2" -> values.getShort(at) & 0xffff;
      case "i2" -> values.getShort(at);
      case "u4" -> values.getInt(at) & 0xffffffffL;
      case "i4" -> values.getInt(at);
      case "f4" -> values.getFloat(at);
      case "f8" -> values.getDouble(at);
      default -> values.getLong(at);
    };
  }

  private static Set<String> union(Set<String> some, Set<String> others) {
    Set<String> all = new TreeSet<>(some);
    all.addAll(others);
    return all;
  }

  private InvalidInputException wrong(String name, String what) {
    return new InvalidInputException("Cannot import %s: %s".formatted(folder.describe(name), what));
  }
}
