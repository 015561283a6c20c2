package org.jowa.data.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jowa.data.Mutations;
import org.jowa.data.replay.NpyFiles.Row;
import org.jowa.env.game.Games;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nearly right files of a log. */
class LogFuzzTest {
  private static final Duration TIME = Duration.ofMillis(1500);

  @TempDir Path root;
  private Path folder;

  @BeforeEach
  void writeAWholeLog() {
    folder = NpyFiles.folder(root, "Pong", 1);
    List<Row> rows =
        IntStream.range(0, 20).mapToObj(i -> new Row(i, i % 6, 0, i % 5 == 4 ? 1 : 0)).toList();
    NpyFiles.checkpoint(root, "Pong", 1, 0, rows, 20L);
  }

  @ParameterizedTest
  @ValueSource(strings = {"observation", "action"})
  void alteredGzipFiles(String kind) throws IOException {
    Path file = folder.resolve(NpyFiles.name(kind, 0));
    Mutations.readAll(List.of(Files.readAllBytes(file)), TIME, bytes -> read(file, bytes));
  }

  @Test
  void alteredArrays() {
    List<byte[]> originals = new ArrayList<>();
    for (String type : List.of("<i4", "<i8", "|u1", "<f4")) {
      for (int version = 1; version <= 2; version++) {
        byte[] header =
            NpyFiles.header(
                version,
                "{'descr': '%s', 'fortran_order': False, 'shape': (20,), }".formatted(type));
        int bytes = 20 * (type.charAt(2) - '0');
        originals.add(ByteBuffer.allocate(header.length + bytes).put(header).array());
      }
    }
    Path file = folder.resolve(NpyFiles.name("action", 0));
    Mutations.readAll(
        originals,
        TIME,
        array -> {
          NpyFiles.write(file, array, new byte[0]);
          WholeLog.read(root, Games.byName("Pong"), 1, ReplayRows.JOINED);
        });
  }

  @Test
  void alteredCounts() {
    Path file = folder.resolve("add_count_ckpt.0.gz");
    byte[] header = NpyFiles.header(1, "{'descr': '<i8', 'fortran_order': False, 'shape': (), }");
    byte[] array = NpyFiles.buffer(header.length + 8).put(header).putLong(20).array();
    Mutations.readAll(
        List.of(array),
        TIME,
        bytes -> {
          NpyFiles.write(file, bytes, new byte[0]);
          WholeLog.read(root, Games.byName("Pong"), 1, ReplayRows.JOINED);
        });
  }

  private void read(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    WholeLog.read(root, Games.byName("Pong"), 1, ReplayRows.JOINED);
  }
}
