package org.jowa.model.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jowa.model.diagnosis.DrawnFrames.fill;
import static org.jowa.model.diagnosis.DrawnFrames.gray;

import java.util.Collections;
import java.util.List;
import org.jowa.model.settings.Gates;
import org.junit.jupiter.api.Test;

/** A ball falls through a court in which digits stand still. */
class MovedThingsTest {
  private static final int SIDE = 84;
  private static final int DIGITS = 10;

  /** Where the last of six rows of tokens begins. */
  private static final int LAST_TOKENS = 70;

  private final byte[] court = gray(87);
  private final MovedThings moved = new MovedThings(court);

  @Test
  void aBallLostInTheLastRowOfTokensFails() {
    TokenizerDiagnosis sees = new TokenizerDiagnosis(court);
    TokenizerDiagnosis loses = new TokenizerDiagnosis(court);
    for (int row = 2; row < SIDE - 1; row += 2) {
      byte[] frame = withBall(row, 40);
      byte[] lost = row < LAST_TOKENS ? frame : withDigits();
      sees.add(frame, withBall(row - 2, 40), tokens(), drawn(frame));
      loses.add(frame, withBall(row - 2, 40), tokens(), drawn(lost));
    }

    assertThat(figure(sees, TokenizerDiagnosis.MOVED).value()).isEqualTo(1);
    assertThat(figure(sees, TokenizerDiagnosis.MOVED).passes()).isTrue();
    assertThat(figure(loses, TokenizerDiagnosis.MOVED).value()).isEqualTo(34.0 / 41);
    assertThat(figure(loses, TokenizerDiagnosis.MOVED).fails()).isTrue();
    // Among digits that stand still the lost ball hardly counts.
    assertThat(figure(loses, TokenizerDiagnosis.RECALL).passes()).isTrue();
  }

  @Test
  void whatStandsStillDoesNotCount() {
    byte[] frame = withDigits();
    moved.add(frame, frame, court);
    assertThat(moved.recall()).isNaN();
    TokenizerDiagnosis figures = new TokenizerDiagnosis(court);
    figures.add(frame, frame, tokens(), drawn(frame));
    figures.add(withBall(40, 40), null, tokens(), drawn(frame));
    assertThat(figure(figures, TokenizerDiagnosis.MOVED).passes()).isNull();
  }

  @Test
  void onePixelAwayIsFoundFourAreNot() {
    moved.add(withDigits(), withBall(40, 40), withBall(41, 41));
    assertThat(moved.recall()).isEqualTo(1);
    moved.add(withDigits(), withBall(40, 40), withBall(40, 44));
    assertThat(moved.recall()).isEqualTo(0.5);
  }

  @Test
  void halfOfAThingIsEnoughAndLessIsNot() {
    byte[] bar = court.clone();
    fill(bar, 40, 20, 1, 8, 236);
    byte[] half = court.clone();
    fill(half, 40, 20, 1, 3, 236);
    byte[] less = court.clone();
    fill(less, 40, 20, 1, 2, 236);
    moved.add(court, bar, half);
    assertThat(moved.recall()).isEqualTo(1);
    moved.add(court, bar, less);
    assertThat(moved.recall()).isEqualTo(0.5);
  }

  @Test
  void aReconstructionMayBePalerByAThird() {
    byte[] pale = withDigits();
    fill(pale, 40, 40, 2, 2, 87 + 16);
    moved.add(withDigits(), withBall(40, 40), pale);
    assertThat(moved.recall()).isEqualTo(1);
    fill(pale, 40, 40, 2, 2, 87 + 15);
    moved.add(withDigits(), withBall(40, 40), pale);
    assertThat(moved.recall()).isEqualTo(0.5);
  }

  @Test
  void whatIsLargeOrFaintIsNoThing() {
    byte[] frame = court.clone();
    fill(frame, 40, 20, 4, 5, 236);
    fill(frame, 60, 60, 2, 2, 87 + SmallObjects.CONTRAST - 1);
    moved.add(court, frame, court);
    assertThat(moved.recall()).isNaN();
  }

  private byte[] withDigits() {
    byte[] frame = court.clone();
    for (int digit = 0; digit < DIGITS; digit++) {
      fill(frame, 3, 2 + 8 * digit, 3, 2, 236);
    }
    return frame;
  }

  /** Right of the fifth digit, so that it touches none. */
  private byte[] withBall(int row, int column) {
    byte[] frame = withDigits();
    fill(frame, row, column, 2, 2, 236);
    return frame;
  }

  private static Figure figure(TokenizerDiagnosis figures, String name) {
    return new StageFigures(Stage.TOKENIZER, "Breakout", figures.figures())
        .judged(Gates.STANDARD).figures().stream()
            .filter(figure -> figure.name().equals(name))
            .findFirst()
            .orElseThrow();
  }

  private static List<Long> tokens() {
    return Collections.nCopies(36, 0L);
  }

  private static float[] drawn(byte[] frame) {
    float[] drawn = new float[frame.length];
    for (int pixel = 0; pixel < drawn.length; pixel++) {
      drawn[pixel] = (frame[pixel] & 0xff) / 255f;
    }
    return drawn;
  }
}
