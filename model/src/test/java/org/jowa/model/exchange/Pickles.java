package org.jowa.model.exchange;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Puts pickles together opcode by opcode, and zips around them. */
final class Pickles {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  static Pickles start() {
    return new Pickles().op(0x80, 2);
  }

  Pickles op(int... opcodes) {
    for (int opcode : opcodes) {
      bytes.write(opcode);
    }
    return this;
  }

  Pickles global(String module, String name) {
    bytes.write('c');
    bytes.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    return this;
  }

  Pickles text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return op('X').raw(int32(utf8.length)).raw(utf8);
  }

  Pickles int32(char opcode, int value) {
    return op(opcode).raw(int32(value));
  }

  Pickles int64(long value) {
    return op(0x8a, 8)
        .raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  Pickles raw(byte[] raw) {
    bytes.writeBytes(raw);
    return this;
  }

  /** A tensor over storage 0. */
  Pickles tensor(String storage, long elements, long offset, long[] shape, long[] strides) {
    global("torch._utils", "_rebuild_tensor_v2").op('(', '(').text("storage");
    global("torch", storage).text("0").text("cpu").int64(elements).op('t', 'Q').int64(offset);
    tuple(shape).tuple(strides).op(0x89).global("collections", "OrderedDict").op(')', 'R');
    return op('t', 'R');
  }

  private Pickles tuple(long... values) {
    op('(');
    for (long value : values) {
      int64(value);
    }
    return op('t');
  }

  byte[] unfinished() {
    return bytes.toByteArray();
  }

  byte[] stop() {
    return op('.').bytes.toByteArray();
  }

  private static byte[] int32(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  /** A dictionary with one tensor of two floats, of which storage 0 has to have eight bytes. */
  static byte[] twoFloats() {
    return start()
        .op('}', '(')
        .text("x")
        .tensor("FloatStorage", 2, 0, new long[] {2}, new long[] {1})
        .op('u')
        .stop();
  }

  static Path zip(Path file, byte[] pickle, byte[] storage) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", pickle);
    entries.put("archive/data/0", storage);
    return zip(file, entries, ZipOutputStream.STORED);
  }

  static Path zip(Path file, Map<String, byte[]> entries, int method) throws IOException {
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, byte[]> content : entries.entrySet()) {
        ZipEntry entry = new ZipEntry(content.getKey());
        CRC32 sum = new CRC32();
        sum.update(content.getValue());
        entry.setMethod(method);
        entry.setSize(content.getValue().length);
        entry.setCrc(sum.getValue());
        zip.putNextEntry(entry);
        zip.write(content.getValue());
        zip.closeEntry();
      }
    }
    return file;
  }
}
