package org.jowa.data.replay;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of a NumPy array file, format versions 1 and 2: a magic string, a length and a Python
 * dictionary literal with the element type, the memory order and the shape.
 *
 * @param type as NumPy writes it, {@code <f4} for instance
 */
record NpyHeader(String type, List<Long> shape) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int LONGEST = 64 * 1024;
  private static final int LONGEST_SHOWN = 200;
  private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([\\d\\s,]*)\\)");

  /**
   * @throws org.jowa.error.InvalidInputException when it isn't such a header, or not in C order
   */
  static NpyHeader read(DataInputStream in, LogFile file) throws IOException {
    byte[] start = in.readNBytes(MAGIC.length + 2);
    if (start.length < MAGIC.length + 2
        || !java.util.Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw file.damaged("not a NumPy array (its first bytes aren't \\x93NUMPY)");
    }
    int version = start[MAGIC.length];
    if (version != 1 && version != 2) {
      throw file.damaged("NumPy format version " + version + ", only 1 and 2 are known");
    }
    long length =
        version == 1
            ? Short.toUnsignedInt(Short.reverseBytes(in.readShort()))
            : Integer.toUnsignedLong(Integer.reverseBytes(in.readInt()));
    if (length > LONGEST) {
      throw file.damaged("a NumPy header of " + length + " bytes, at most 65536 are sensible");
    }
    byte[] text = in.readNBytes((int) length);
    if (text.length < length) {
      throw file.damaged("it ends within the NumPy header");
    }
    return parse(new String(text, StandardCharsets.ISO_8859_1), file);
  }

  private static NpyHeader parse(String text, LogFile file) {
    Matcher type = DESCR.matcher(text);
    Matcher order = ORDER.matcher(text);
    Matcher shape = SHAPE.matcher(text);
    if (!type.find() || !order.find() || !shape.find()) {
      throw file.damaged("can't read its NumPy header '" + printable(text) + "'");
    }
    if (order.group(1).equals("True")) {
      throw file.damaged("its array is in Fortran order, C order is expected");
    }
    List<Long> sizes = new ArrayList<>();
    for (String size : shape.group(1).split(",")) {
      if (!size.isBlank()) {
        if (size.strip().length() > 15) {
          throw file.damaged("a dimension of " + size.strip() + " in its NumPy header");
        }
        sizes.add(Long.parseLong(size.strip()));
      }
    }
    return new NpyHeader(printable(type.group(1)), List.copyOf(sizes));
  }

  /** The start of a text of unknown origin, on one line. */
  private static String printable(String text) {
    String line = text.strip().replaceAll("[^ -~]", "?");
    return line.length() <= LONGEST_SHOWN ? line : line.substring(0, LONGEST_SHOWN) + "...";
  }
}
