package org.jowa.data.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.replay.NpyFiles.Row;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DamagedReplayLogTest {
  @TempDir Path root;
  private Path folder;

  @BeforeEach
  void writeAWholeLog() {
    folder = NpyFiles.folder(root, "Pong", 3);
    List<Row> rows =
        IntStream.range(0, 200).mapToObj(i -> new Row(i, i % 6, 0, i % 50 == 49 ? 1 : 0)).toList();
    NpyFiles.checkpoint(root, "Pong", 3, 0, rows, 200L);
    NpyFiles.checkpoint(root, "Pong", 3, 1, rows, 400L);
    assertThat(readAll()).isNull();
  }

  @Test
  void aMissingFile() throws IOException {
    Files.delete(folder.resolve(NpyFiles.name("reward", 1)));
    expect("reward", 1, "Missing");
  }

  @Test
  void aMissingCheckpointInTheMiddle() throws IOException {
    NpyFiles.checkpoint(root, "Pong", 3, 3, List.of(new Row(1, 1, 0, 1)), null);
    expect("observation", 2, "Missing");
  }

  @Test
  void aTruncatedFile() throws IOException {
    for (String kind : List.of("observation", "action", "reward", "terminal")) {
      byte[] original = cut(kind, 60);
      expect(kind, 1, "truncated");
      Files.write(folder.resolve(NpyFiles.name(kind, 1)), original);
    }
  }

  @Test
  void aFileCutWithinItsTrailer() throws IOException {
    Path file = folder.resolve(NpyFiles.name("observation", 1));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 3));
    expect("observation", 1, "truncated");
  }

  @Test
  void aBadChecksum() throws IOException {
    Path file = folder.resolve(NpyFiles.name("observation", 1));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 6] ^= 1;
    Files.write(file, bytes);
    expect("observation", 1, "CRC");
  }

  @Test
  void flippedBytesInTheMiddle() throws IOException {
    Path file = folder.resolve(NpyFiles.name("action", 0));
    byte[] bytes = Files.readAllBytes(file);
    for (int i = bytes.length / 2; i < bytes.length / 2 + 8; i++) {
      bytes[i] ^= (byte) 0x5a;
    }
    Files.write(file, bytes);
    expect("action", 0, "");
  }

  @Test
  void aFileThatIsNotGzip() throws IOException {
    Files.writeString(folder.resolve(NpyFiles.name("terminal", 0)), "not a gzip file at all");
    expect("terminal", 0, "gzip");
  }

  @Test
  void aFileThatIsNotAnArray() {
    overwrite("terminal", 0, new byte[0], new byte[500]);
    expect("terminal", 0, "not a NumPy array");
  }

  @Test
  void aWrongElementType() {
    overwrite("observation", 1, header("<f4", "(200, 84, 84)"), new byte[0]);
    expect("observation", 1, "element type <f4, expected |u1");
    overwrite("observation", 1, header("|u1", "(200, 84, 84)"), new byte[200 * 7056]);
    overwrite("reward", 1, header(">f4", "(200,)"), new byte[800]);
    expect("reward", 1, ">f4");
  }

  @Test
  void aWrongShape() {
    overwrite("observation", 1, header("|u1", "(200, 84, 80)"), new byte[0]);
    expect("observation", 1, "[200, 84, 80]");
  }

  @Test
  void fortranOrderAndUnknownVersions() {
    String dictionary = "{'descr': '|u1', 'fortran_order': True, 'shape': (200, 84, 84), }";
    overwrite("observation", 1, NpyFiles.header(1, dictionary), new byte[0]);
    expect("observation", 1, "Fortran");
    overwrite("observation", 1, NpyFiles.header(3, dictionary), new byte[0]);
    expect("observation", 1, "version 3");
  }

  @Test
  void rowCountsThatDiffer() {
    overwrite("action", 1, header("<i4", "(199,)"), new byte[199 * 4]);
    Throwable error = readAll();
    assertThat(error).hasMessageContaining("200 rows").hasMessageContaining("199");
    assertOneLine(error);
  }

  @Test
  void aHeaderThatLiesAboutRows() {
    ByteBuffer many = NpyFiles.buffer(300 * 4);
    overwrite("action", 1, header("<i4", "(200,)"), many.array());
    expect("action", 1, "more than the 200 rows");
    overwrite("action", 1, header("<i4", "(900000000000,)"), many.array());
    assertOneLine(readAll());
  }

  @Test
  void anActionOutsideTheMinimalSet() {
    ByteBuffer actions = NpyFiles.buffer(800);
    actions.putInt(4 * 137, 6);
    overwrite("action", 1, header("<i4", "(200,)"), actions.array());
    expect("action", 1, "row 137: action 6 is not in 0..5");
  }

  @Test
  void aRewardThatIsNotANumber() {
    ByteBuffer rewards = NpyFiles.buffer(800);
    rewards.putFloat(4 * 11, Float.NaN);
    overwrite("reward", 0, header("<f4", "(200,)"), rewards.array());
    expect("reward", 0, "row 11: reward NaN");
  }

  @Test
  void anAddCountThatSkipsRows() {
    NpyFiles.write(
        folder.resolve("add_count_ckpt.1.gz"), "<i8", "()", NpyFiles.buffer(8).putLong(900));
    Throwable error = readAll();
    assertThat(error).hasMessageContaining("add_count went from 200 to 900");
    assertOneLine(error);
  }

  @Test
  void otherIntegerTypesAndVersionTwoAreLegal() {
    ByteBuffer actions = NpyFiles.buffer(1600);
    actions.putLong(8 * 5, 3);
    overwrite(
        "action",
        1,
        NpyFiles.header(2, "{'descr': '<i8', 'fortran_order': False, 'shape': (200,), }"),
        actions.array());
    assertThat(readAll()).isNull();
    actions.putLong(8 * 5, 1L << 32);
    overwrite("action", 1, header("<i8", "(200,)"), actions.array());
    expect("action", 1, "row 5: action beyond 32 bits");
  }

  @Test
  void anUnknownGameIsAMistakeOfTheUser() {
    assertThat(catchThrowable(() -> Games.byName("Pongg"))).isInstanceOf(UsageException.class);
    Throwable error =
        catchThrowable(
            () ->
                ReplayLogs.at(root.toString(), new Configuration()).log(
                    Games.byName("Seaquest"), 1));
    assertThat(error).isInstanceOf(InvalidInputException.class).hasMessageContaining("Seaquest");
  }

  private byte[] cut(String kind, int bytesAtTheEnd) throws IOException {
    Path file = folder.resolve(NpyFiles.name(kind, 1));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, Math.max(20, bytes.length - bytesAtTheEnd)));
    return bytes;
  }

  private static byte[] header(String type, String shape) {
    return NpyFiles.header(
        1, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(type, shape));
  }

  private void overwrite(String kind, int checkpoint, byte[] header, byte[] data) {
    NpyFiles.write(folder.resolve(NpyFiles.name(kind, checkpoint)), header, data);
  }

  private void expect(String kind, int checkpoint, String what) {
    Throwable error = readAll();
    assertThat(error)
        .hasMessageContaining("Pong")
        .hasMessageContaining("run 3")
        .hasMessageContaining(NpyFiles.name(kind, checkpoint))
        .hasMessageContaining(what);
    assertOneLine(error);
  }

  private static void assertOneLine(Throwable error) {
    assertThat(error).isInstanceOf(InvalidInputException.class);
    assertThat(error.getMessage()).hasLineCount(1);
  }

  private Throwable readAll() {
    return catchThrowable(() -> WholeLog.read(root, Games.byName("Pong"), 3, ReplayRows.JOINED));
  }
}
