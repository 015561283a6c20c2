package org.jowa.data.replay;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jowa.data.storage.Storage;

/**
 * Episodes as NumPy arrays: {@code observations} (uint8 {@code [n, 84, 84]}, with or without a
 * dimension of 1 for the channel), {@code actions}, {@code rewards}, {@code terminals} and, if
 * there are, {@code truncations} ({@code [n]} each).
 */
final class NumpyEpisodes implements EpisodeFile {
  private static final Set<String> WHOLE_NUMBERS =
      Set.of("|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<i8", "<u8");
  private static final Set<String> NUMBERS = Set.of("<f4", "<f8");
  private static final Set<String> FLAGS = Set.of("|b1");
  private static final long MOST_ROWS = 100_000_000;

  /** Where arrays are. */
  interface Arrays extends Closeable {
    /** The bytes of an array's file; empty if there is none. */
    Optional<InputStream> open(String array) throws IOException;

    /** Names of the arrays, the first few. */
    List<String> names();
  }

  private final Arrays arrays;
  private final LogFile file;
  private final Steps steps;
  private final Array observations;

  private NumpyEpisodes(Arrays arrays, Storage folder, String name) throws IOException {
    this.arrays = arrays;
    this.file = new LogFile(folder, name, 1, name);
    this.steps =
        new Steps(
            numbers("actions", WHOLE_NUMBERS),
            numbers("rewards", union(NUMBERS, WHOLE_NUMBERS)),
            numbers("terminals", union(FLAGS, WHOLE_NUMBERS)),
            cuts());
    this.observations = open("observations", Set.of("|u1"));
    FrameShape.require(observations.header.shape(), steps.rows());
  }

  /** Reads what is small and opens the frames; whatever happens, {@code arrays} will be closed. */
  static NumpyEpisodes of(Arrays arrays, Storage folder, String name) throws IOException {
    try {
      return new NumpyEpisodes(arrays, folder, name);
    } catch (IOException | RuntimeException e) {
      arrays.close();
      throw e;
    }
  }

  @Override
  public Steps steps() {
    return steps;
  }

  @Override
  public void nextFrame(byte[] frame) throws IOException {
    observations.in.readFully(frame);
  }

  @Override
  public void close() throws IOException {
    try {
      observations.close();
    } finally {
      arrays.close();
    }
  }

  /** An array under way. */
  private record Array(NpyHeader header, DataInputStream in) implements Closeable {
    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private Array open(String array, Set<String> types) throws IOException {
    InputStream bytes =
        arrays
            .open(array)
            .orElseThrow(
                () ->
                    new WrongEpisodesException(
                        "it has no array %s, only %s".formatted(array, arrays.names())));
    DataInputStream in = new DataInputStream(new BufferedInputStream(bytes, 1 << 16));
    try {
      NpyHeader header = NpyHeader.read(in, file);
      if (!types.contains(header.type())) {
        throw new WrongEpisodesException(
            "%s are of type %s, expected one of %s"
                .formatted(array, header.type(), types.stream().sorted().toList()));
      }
      return new Array(header, in);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  private Optional<double[]> cuts() throws IOException {
    Optional<InputStream> found = arrays.open("truncations");
    if (found.isEmpty()) {
      return Optional.empty();
    }
    found.get().close();
    return Optional.of(numbers("truncations", union(FLAGS, WHOLE_NUMBERS)));
  }

  private double[] numbers(String array, Set<String> types) throws IOException {
    try (Array numbers = open(array, types)) {
      List<Long> shape = numbers.header.shape();
      if (shape.size() != 1 || shape.get(0) > MOST_ROWS) {
        throw new WrongEpisodesException("%s are %s, expected [rows]".formatted(array, shape));
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
}
