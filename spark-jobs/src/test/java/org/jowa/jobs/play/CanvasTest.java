package org.jowa.jobs.play;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CanvasTest {
  @Test
  void everyDotIsAsLargeAsTheScaleSays() {
    Canvas canvas = new Canvas(4, 2, 3);
    canvas.bar(1, 1, 1, 1, 0x102030);
    assertThat(canvas.width).isEqualTo(12);
    assertThat(canvas.height).isEqualTo(6);
    for (int y = 0; y < 6; y++) {
      for (int x = 0; x < 12; x++) {
        int expected = y >= 3 && x >= 3 && x < 6 ? 0x102030 : 0;
        assertThat(at(canvas, x, y)).as("%d, %d", x, y).isEqualTo(expected);
      }
    }
  }

  @Test
  void lettersDifferAndWhatThereIsNoneForIsBlank() {
    Set<String> seen = new HashSet<>();
    for (char letter : "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.+".toCharArray()) {
      seen.add(drawn(String.valueOf(letter)));
    }
    // O and 0 are told apart as well.
    assertThat(seen).hasSize(39);
    assertThat(drawn("a")).isEqualTo(drawn("A"));
    assertThat(drawn("~")).doesNotContain("1");
    assertThat(drawn("T")).isEqualTo("111010010010010");
  }

  @Test
  void graysAreSoFewThatAClipCanHoldThemBesideAScreen() {
    Canvas canvas = new Canvas(16, 16, 1);
    byte[] gray = new byte[256];
    for (int i = 0; i < 256; i++) {
      gray[i] = (byte) i;
    }
    canvas.gray(0, 0, gray, 0, 16);
    Set<Integer> colours = new HashSet<>();
    for (int i = 0; i < 256; i++) {
      colours.add(at(canvas, i % 16, i / 16));
    }
    assertThat(colours).hasSize(64).contains(0xFCFCFC);
  }

  private static String drawn(String text) {
    Canvas canvas = new Canvas(3, Canvas.TEXT, 1);
    canvas.text(0, 0, text, 0xFFFFFF);
    StringBuilder dots = new StringBuilder();
    for (int i = 0; i < 3 * Canvas.TEXT; i++) {
      dots.append(at(canvas, i % 3, i / 3) == 0 ? '0' : '1');
    }
    return dots.toString();
  }

  private static int at(Canvas canvas, int x, int y) {
    int at = 3 * (y * canvas.width + x);
    byte[] rgb = canvas.rgb();
    return (rgb[at] & 0xFF) << 16 | (rgb[at + 1] & 0xFF) << 8 | (rgb[at + 2] & 0xFF);
  }
}
