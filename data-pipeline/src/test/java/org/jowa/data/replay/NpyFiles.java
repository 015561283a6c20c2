package org.jowa.data.replay;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/** Makes small replay logs, whole ones and broken ones. */
public final class NpyFiles {
  private NpyFiles() {}

  /** A row of a log; the frame is filled with one value. */
  public record Row(int frame, int action, float reward, int terminal) {
    public static final Row ZERO = new Row(0, 0, 0, 0);
  }

  public static Path folder(Path root, String game, int run) {
    return root.resolve(game).resolve(Integer.toString(run)).resolve("replay_logs");
  }

  /** Writes the four files of a checkpoint and, unless null, its add_count. */
  public static void checkpoint(
      Path root, String game, int run, int checkpoint, List<Row> rows, Long addCount) {
    Path folder = folder(root, game, run);
    int n = rows.size();
    ByteBuffer observation = buffer(n * 84 * 84);
    ByteBuffer action = buffer(4 * n);
    ByteBuffer reward = buffer(4 * n);
    ByteBuffer terminal = buffer(n);
    for (Row row : rows) {
      for (int i = 0; i < 84 * 84; i++) {
        observation.put((byte) row.frame());
      }
      action.putInt(row.action());
      reward.putFloat(row.reward());
      terminal.put((byte) row.terminal());
    }
    write(
        folder.resolve(name("observation", checkpoint)),
        "|u1",
        String.format(Locale.ROOT, "(%d, 84, 84)", n),
        observation);
    write(
        folder.resolve(name("action", checkpoint)),
        "<i4",
        String.format(Locale.ROOT, "(%d,)", n),
        action);
    write(
        folder.resolve(name("reward", checkpoint)),
        "<f4",
        String.format(Locale.ROOT, "(%d,)", n),
        reward);
    write(
        folder.resolve(name("terminal", checkpoint)),
        "|u1",
        String.format(Locale.ROOT, "(%d,)", n),
        terminal);
    if (addCount != null) {
      ByteBuffer count = buffer(8).putLong(addCount);
      write(folder.resolve("add_count_ckpt." + checkpoint + ".gz"), "<i8", "()", count);
    }
  }

  public static String name(String kind, int checkpoint) {
    return "$store$_" + kind + "_ckpt." + checkpoint + ".gz";
  }

  public static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** One array, format version 1. */
  public static void write(Path file, String type, String shape, ByteBuffer data) {
    write(
        file,
        header(1, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type, shape)),
        data.array());
  }

  public static byte[] header(int version, String dictionary) {
    byte[] text = (dictionary + "\n").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer header = buffer(8 + (version == 1 ? 2 : 4) + text.length);
    header.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    header.put((byte) version).put((byte) 0);
    if (version == 1) {
      header.putShort((short) text.length);
    } else {
      header.putInt(text.length);
    }
    return header.put(text).array();
  }

  public static void write(Path file, byte[] header, byte[] data) {
    try {
      Files.createDirectories(file.getParent());
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
        gzip.write(header);
        gzip.write(data);
      }
      Files.write(file, bytes.toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
