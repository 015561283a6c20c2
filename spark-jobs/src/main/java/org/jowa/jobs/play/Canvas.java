package org.jowa.jobs.play;

import java.util.Arrays;
import java.util.Locale;

/**
 * A picture of few colours with small capitals on it: it needs no fonts of the machine, and gives
 * equal bytes everywhere.
 */
final class Canvas {
  /** Height of a line of text. */
  static final int TEXT = 5;

  private static final int GLYPH = 4;
  private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.+";

  /** Of each letter five rows of three dots, as octal digits. */
  private static final String[] DOTS = {
    "25755", "65656", "34443", "65556", "74647", "74644", "34553", "55755", "72227", "11152",
    "55655", "44447", "57755", "65555", "25552", "65644", "25573", "65655", "34216", "72222",
    "55557", "55552", "55775", "55255", "55222", "71247", "75557", "26227", "71747", "71717",
    "55711", "74717", "74757", "71111", "75757", "75717", "00700", "00002", "02720"
  };

  /** Gray levels that remain of 256: a clip has 256 colours, of which a screen takes up to 128. */
  private static final int GRAY_STEP = 4;

  final int width;
  final int height;
  private final int scale;
  private final byte[] rgb;

  /**
   * @param width before enlargement
   * @param height before enlargement
   * @param scale times that every dot is wide and high
   */
  Canvas(int width, int height, int scale) {
    this.width = width * scale;
    this.height = height * scale;
    this.scale = scale;
    this.rgb = new byte[3 * this.width * this.height];
  }

  /** The picture, [height, width, 3]. */
  byte[] rgb() {
    return rgb;
  }

  void clear() {
    Arrays.fill(rgb, (byte) 0);
  }

  /** A picture of 0xRRGGBB pixels, row by row. */
  void picture(int left, int top, int[] pixels, int pictureWidth) {
    for (int i = 0; i < pixels.length; i++) {
      dot(left + i % pictureWidth, top + i / pictureWidth, pixels[i]);
    }
  }

  /** A gray picture, row by row. */
  void gray(int left, int top, byte[] gray, int offset, int side) {
    for (int i = 0; i < side * side; i++) {
      int level = (gray[offset + i] & 0xFF) / GRAY_STEP * GRAY_STEP;
      dot(left + i % side, top + i / side, level * 0x010101);
    }
  }

  void bar(int left, int top, int barWidth, int barHeight, int colour) {
    for (int y = 0; y < barHeight; y++) {
      for (int x = 0; x < barWidth; x++) {
        dot(left + x, top + y, colour);
      }
    }
  }

  /** Text in capitals; what there is no letter for is left blank. */
  void text(int left, int top, String text, int colour) {
    String capitals = text.toUpperCase(Locale.ROOT);
    for (int i = 0; i < capitals.length(); i++) {
      int letter = LETTERS.indexOf(capitals.charAt(i));
      for (int row = 0; letter >= 0 && row < TEXT; row++) {
        int dots = DOTS[letter].charAt(row) - '0';
        for (int x = 0; x < 3; x++) {
          if ((dots >> (2 - x) & 1) == 1) {
            dot(left + i * GLYPH + x, top + row, colour);
          }
        }
      }
    }
  }

  private void dot(int x, int y, int colour) {
    for (int dy = 0; dy < scale; dy++) {
      for (int dx = 0; dx < scale; dx++) {
        int at = 3 * ((y * scale + dy) * width + x * scale + dx);
        rgb[at] = (byte) (colour >> 16);
        rgb[at + 1] = (byte) (colour >> 8);
        rgb[at + 2] = (byte) colour;
      }
    }
  }
}
