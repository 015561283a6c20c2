package org.jowa.model.patches;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PatchDictionaryTest {
  private static final int SIDE = 84;

  @Test
  void countsAddUpInWhateverPartsAndOrder() {
    PatchCounts whole = new PatchCounts();
    PatchCounts first = new PatchCounts();
    PatchCounts second = new PatchCounts();
    for (int i = 0; i < 40; i++) {
      byte[] frame = withBall(i, 2 * i);
      whole.add(frame);
      (i % 3 == 0 ? first : second).add(frame);
    }
    PatchCounts sum = PatchCounts.fromBytes(second.toBytes());
    sum.add(PatchCounts.fromBytes(first.toBytes()));
    assertThat(sum.frames()).isEqualTo(40);
    assertThat(sum.mostFrequent(1000)).isEqualTo(whole.mostFrequent(1000));
    assertThat(Arrays.deepEquals(choose(10, sum), choose(10, whole))).isTrue();
  }

  @Test
  void whatStandsStillComesFirstAndAllDifferentPatchesFitIfThereIsRoom() {
    PatchCounts counts = new PatchCounts();
    for (int i = 0; i < 14; i++) {
      counts.add(withBall(0, i));
    }
    byte[][] codes = choose(100, counts);
    // The empty court, the ball in 13 places, and both of its halves at the border of two patches.
    assertThat(codes).hasNumberOfRows(1 + 13 + 2);
    assertThat(codes[0]).isEqualTo(Patch.of(court(), 5).pixels());
    assertThat(Arrays.stream(codes).map(Patch::new).distinct()).hasSize(codes.length);
  }

  @Test
  void anotherPlaceOfTheBallIsWorthMoreThanAnotherShadeOfTheCourt() {
    PatchCounts counts = new PatchCounts();
    for (int i = 0; i < 10; i++) {
      byte[] shade = court();
      shade[i] += 1;
      counts.add(shade);
      counts.add(shade);
    }
    counts.add(withBall(3, 3));
    byte[][] codes = choose(2, counts);
    assertThat(codes[0]).isEqualTo(Patch.of(court(), 1).pixels());
    assertThat(codes[1]).isEqualTo(Patch.of(withBall(3, 3), 0).pixels());
  }

  @Test
  void gamesTakeTurnsHoweverManyFramesEachHas() {
    PatchCounts much = new PatchCounts();
    PatchCounts little = new PatchCounts();
    for (int i = 0; i < 60; i++) {
      much.add(withBall(i, i));
      much.add(withBall(i, 60 - i));
    }
    for (int i = 0; i < 3; i++) {
      byte[] frame = new byte[SIDE * SIDE];
      Arrays.fill(frame, (byte) 10);
      for (int pixel : new int[] {0, 1, SIDE, SIDE + 1}) {
        frame[10 * SIDE + 1 + 5 * i + pixel] = (byte) 200;
      }
      little.add(frame);
    }
    byte[][] codes = choose(8, much, little);
    long dark = Arrays.stream(codes).filter(code -> code[100] == 10).count();
    assertThat(codes).hasNumberOfRows(8);
    assertThat(dark).isEqualTo(4);
    // It has four patches in all; the rest is left to the other.
    byte[][] more = choose(20, much, little);
    assertThat(Arrays.stream(more).filter(code -> code[100] == 10)).hasSize(4);
    assertThat(more).hasNumberOfRows(20);
  }

  private static byte[][] choose(int size, PatchCounts... games) {
    return PatchDictionary.choose(List.of(games), size);
  }

  private static byte[] court() {
    byte[] frame = new byte[SIDE * SIDE];
    Arrays.fill(frame, (byte) 87);
    return frame;
  }

  private static byte[] withBall(int row, int column) {
    byte[] frame = court();
    for (int r = row; r < Math.min(SIDE, row + 2); r++) {
      for (int c = column; c < Math.min(SIDE, column + 2); c++) {
        frame[r * SIDE + c] = (byte) 236;
      }
    }
    return frame;
  }
}
