package org.jowa.model.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipOutputStream;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class HostileFilesTest {
  private static final byte[] EIGHT = new byte[8];

  @TempDir Path folder;

  static Stream<Arguments> pickles() {
    long huge = 1L << 62;
    return Stream.of(
        refused(
            "a call of os.system",
            Pickles.start().global("os", "system").text("touch x").op(0x85, 'R').stop(),
            "wants os.system"),
        refused(
            "a call inside the dictionary",
            Pickles.start()
                .op('}', '(')
                .text("x")
                .global("posix", "system")
                .text("touch x")
                .op(0x85, 'R', 'u')
                .stop(),
            "wants posix.system"),
        refused(
            "a name from the stack",
            Pickles.start().text("builtins").text("eval").op(0x93).stop(),
            "wants builtins.eval"),
        refused(
            "a call by an allowed name of what isn't a tensor's",
            Pickles.start().global("torch", "FloatStorage").text("x").op(0x85, 'R').stop(),
            "calls something that makes no tensor"),
        refused(
            "another function of torch",
            Pickles.start().global("torch._utils", "_import_dotted_name").stop(),
            "wants torch._utils._import_dotted_name"),
        refused(
            "an instance by INST",
            Pickles.start()
                .op('(', 'i')
                .raw("os\nsystem\n".getBytes(StandardCharsets.US_ASCII))
                .stop(),
            "opcode INST"),
        refused(
            "an instance by NEWOBJ",
            Pickles.start().global("collections", "OrderedDict").op(')', 0x81).stop(),
            "opcode NEWOBJ"),
        refused("an instance by OBJ", Pickles.start().op('(', 'o').stop(), "opcode OBJ"),
        refused("a name by number", Pickles.start().op(0x82, 1).stop(), "opcode EXT1"),
        refused(
            "something outside",
            Pickles.start().op('(').text("module").text("x").op('t', 'Q').stop(),
            "refers to something outside"),
        refused(
            "a list that holds itself",
            new byte[] {']', 'q', 0, 'h', 0, 'a', '.'},
            "no dictionary"),
        refused(
            "a dictionary that is its own key",
            new byte[] {'}', 'q', 0, 'h', 0, 'N', 's', '.'},
            "neither a text nor a number"),
        refused(
            "a dictionary that holds itself",
            Pickles.start().op('}', 'q', 0).text("x").op('h', 0, 's').stop(),
            "not only tensors"),
        refused("what was never remembered", Pickles.start().op('h', 9).stop(), "never made"),
        refused("an empty stack", Pickles.start().op('R').stop(), "never made"),
        refused("no mark", Pickles.start().op('t').stop(), "mark that it never set"),
        refused(
            "a text longer than the file",
            Pickles.start().int32('X', 0x7fffffff).stop(),
            "ends early"),
        refused("a text of more than 2 GiB", Pickles.start().int32('X', -1).stop(), "ends early"),
        refused("no end", Pickles.start().op('}').unfinished(), "ends early"),
        refused(
            "a number of 255 bytes", Pickles.start().op(0x8a, 255).stop(), "number of 255 bytes"),
        refused(
            "a huge storage",
            dictionary("FloatStorage", huge, 0, new long[] {huge}, new long[] {1}),
            "has 4611686018427387904 elements"),
        refused(
            "a large storage",
            dictionary("FloatStorage", 1L << 40, 0, new long[] {1L << 40}, new long[] {1}),
            "has 8 bytes, its pickle says 4398046511104"),
        refused(
            "an expanded tensor",
            dictionary("FloatStorage", 2, 0, new long[] {1 << 30, 1 << 10}, new long[] {0, 0}),
            "doesn't fit its storage"),
        refused(
            "sizes whose product is small again",
            dictionary("FloatStorage", 2, 0, new long[] {1L << 32, 1L << 32}, new long[] {0, 0}),
            "doesn't fit its storage"),
        refused(
            "a negative size",
            dictionary("FloatStorage", 2, 0, new long[] {-1}, new long[] {1}),
            "doesn't fit its storage"),
        refused(
            "a stride out of the storage",
            dictionary("FloatStorage", 2, 0, new long[] {2}, new long[] {5}),
            "doesn't fit its storage"),
        refused(
            "an offset before the storage",
            dictionary("FloatStorage", 2, -1, new long[] {2}, new long[] {1}),
            "doesn't fit its storage"),
        refused(
            "an unknown element type",
            Pickles.start().global("torch", "QUInt8Storage").stop(),
            "wants torch.QUInt8Storage"));
  }

  private static Arguments refused(String what, byte[] pickle, String why) {
    return Arguments.of(what, pickle, why);
  }

  private static byte[] dictionary(
      String type, long elements, long offset, long[] shape, long[] strides) {
    return Pickles.start()
        .op('}', '(')
        .text("x")
        .tensor(type, elements, offset, shape, strides)
        .op('u')
        .stop();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pickles")
  void pickleIsRefusedInOneLine(String what, byte[] pickle, String why) throws IOException {
    Path file = Pickles.zip(folder.resolve("x.pt"), pickle, EIGHT);
    assertRefused(file, why);
  }

  @Test
  void pickleAsLargeAsAllowedIsReadInBoundedMemory() throws IOException {
    byte[] lists = new byte[TensorPickle.MOST_BYTES];
    Arrays.fill(lists, (byte) ']');
    lists[lists.length - 1] = '.';
    assertRefused(Pickles.zip(folder.resolve("x.pt"), lists, EIGHT), "no dictionary");
    byte[] larger = Arrays.copyOf(lists, lists.length + 1);
    assertRefused(Pickles.zip(folder.resolve("y.pt"), larger, EIGHT), "weights need at most");
  }

  @Test
  void pathsOutOfTheArchiveAreRefused() throws IOException {
    for (String name : new String[] {"archive/../../etc/x", "/etc/x", "..\\x", "archive/.."}) {
      Map<String, byte[]> entries = new LinkedHashMap<>();
      entries.put("archive/data.pkl", Pickles.twoFloats());
      entries.put("archive/data/0", EIGHT);
      entries.put(name, EIGHT);
      Path file = Pickles.zip(folder.resolve("x.pt"), entries, ZipOutputStream.STORED);
      assertRefused(file, "a path out of the archive, " + name);
    }
  }

  @Test
  void whatIsCompressedIsRefusedHoweverLargeItWouldBe() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", Pickles.twoFloats());
    entries.put("archive/data/0", new byte[1 << 20]);
    Path file = Pickles.zip(folder.resolve("x.pt"), entries, ZipOutputStream.DEFLATED);
    assertRefused(file, "data.pkl compressed");
  }

  @Test
  void encryptedZipIsRefused() throws IOException {
    Path file = Pickles.zip(folder.resolve("x.pt"), Pickles.twoFloats(), EIGHT);
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i + 4 < bytes.length; i++) {
      if (bytes[i] == 'P' && bytes[i + 1] == 'K' && bytes[i + 2] == 1 && bytes[i + 3] == 2) {
        bytes[i + 8] |= 1;
      }
    }
    Files.write(file, bytes);
    assertRefused(file, "encrypted");
  }

  @Test
  void damagedStorageIsRefused() throws IOException {
    Path file =
        Pickles.zip(
            folder.resolve("x.pt"), Pickles.twoFloats(), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    byte[] bytes = Files.readAllBytes(file);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("\1\2\3\4\5");
    bytes[at]++;
    Files.write(file, bytes);
    assertRefused(file, "another checksum");
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    assertThatThrownBy(() -> TorchFile.open(folder.resolve("none.pt")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("No file");
    Path text = Files.writeString(folder.resolve("text.pt"), "weights");
    assertRefused(text, "no file of torch.save");
    assertRefused(Files.writeString(folder.resolve("empty.pt"), ""), "no file of torch.save");
    Path zip = Pickles.zip(folder.resolve("a.pt"), Map.of("a.txt", EIGHT), ZipOutputStream.STORED);
    assertRefused(zip, "0 files data.pkl");
  }

  @ParameterizedTest
  @CsvSource({
    "whole-module.pt, wants torch.nn.modules.linear.Linear",
    "whole-module-legacy.pt, wants torch.nn.modules.linear.Linear",
    "nested.pt, 'it holds model, epoch'"
  })
  void whatTorchSavesBesideStateDictsIsRefused(String name, String why) throws IOException {
    assertRefused(copy(name), why);
  }

  @ParameterizedTest
  @CsvSource({"tensors.pt", "tensors-legacy.pt"})
  void everyTruncationIsRefusedOrLacksNothing(String name) throws IOException {
    byte[] whole = Files.readAllBytes(copy(name));
    for (int length = 0; length < whole.length; length += 7) {
      Path file = Files.write(folder.resolve("cut.pt"), Arrays.copyOf(whole, length));
      assertRefused(file, "Cannot read weights from");
    }
  }

  /** Whatever bytes there are, the answer is tensors or one line. */
  @ParameterizedTest
  @CsvSource({"tensors.pt", "tensors-legacy.pt"})
  void alteredBytesGiveTensorsOrOneLine(String name) throws IOException {
    byte[] whole = Files.readAllBytes(copy(name));
    Random random = new Random(1);
    int refused = 0;
    for (int round = 0; round < 400; round++) {
      byte[] altered = whole.clone();
      for (int i = 0; i <= round % 3; i++) {
        altered[random.nextInt(altered.length)] = (byte) random.nextInt();
      }
      Path file = Files.write(folder.resolve("altered.pt"), altered);
      try {
        readAll(file);
      } catch (InvalidInputException e) {
        assertThat(e.getMessage()).startsWith("Cannot read weights from").doesNotContain("\n");
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  private Path copy(String name) throws IOException {
    try (InputStream in = HostileFilesTest.class.getResourceAsStream(name)) {
      return Files.write(folder.resolve(name), in.readAllBytes());
    }
  }

  private static void assertRefused(Path file, String why) {
    assertThatThrownBy(() -> readAll(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Cannot read weights from " + file)
        .hasMessageContaining(why)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  private static void readAll(Path path) {
    try (TorchFile file = TorchFile.open(path)) {
      file.tensors().keySet().forEach(file::read);
    }
  }
}
