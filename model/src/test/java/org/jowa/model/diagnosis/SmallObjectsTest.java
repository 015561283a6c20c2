package org.jowa.model.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.jowa.model.diagnosis.DrawnFrames.fill;
import static org.jowa.model.diagnosis.DrawnFrames.gray;

import java.util.List;
import org.junit.jupiter.api.Test;

class SmallObjectsTest {
  private static final int SIDE = 84;

  private final byte[] court = gray(87);
  private final SmallObjects objects = new SmallObjects(court);

  @Test
  void aBallIsFoundWhereItIsAndAPaddleIsTooLarge() {
    byte[] frame = court.clone();
    fill(frame, 40, 20, 2, 2, 236);
    fill(frame, 10, 75, 8, 3, 147);
    List<SmallObjects.Thing> things = objects.in(frame);
    assertThat(things).hasSize(1);
    assertThat(things.get(0).row()).isCloseTo(40.5, within(1e-9));
    assertThat(things.get(0).column()).isCloseTo(20.5, within(1e-9));
    assertThat(things.get(0).pixels()).isEqualTo(4);
  }

  @Test
  void aPerfectReconstructionHasEverythingAndNothingElse() {
    byte[] frame = court.clone();
    fill(frame, 40, 20, 2, 2, 236);
    fill(frame, 60, 50, 2, 1, 20);
    assertThat(objects.compare(frame, frame)).isEqualTo(new SmallObjects.Counts(2, 2, 0));
    assertThat(objects.compare(frame, frame).recall()).isEqualTo(1);
  }

  @Test
  void aBallPaintedOutIsMissed() {
    byte[] frame = court.clone();
    fill(frame, 40, 20, 2, 2, 236);
    assertThat(objects.compare(frame, court)).isEqualTo(new SmallObjects.Counts(1, 0, 0));
    assertThat(objects.compare(court, frame)).isEqualTo(new SmallObjects.Counts(0, 0, 1));
  }

  @Test
  void twoPixelsAwayIsFoundThreeAreNot() {
    byte[] frame = court.clone();
    byte[] near = court.clone();
    byte[] far = court.clone();
    fill(frame, 40, 20, 2, 2, 236);
    fill(near, 40, 22, 2, 2, 236);
    fill(far, 40, 23, 2, 2, 236);
    assertThat(objects.compare(frame, near)).isEqualTo(new SmallObjects.Counts(1, 1, 0));
    assertThat(objects.compare(frame, far)).isEqualTo(new SmallObjects.Counts(1, 0, 1));
  }

  @Test
  void oneReconstructedThingIsFoundForOneOriginalOnly() {
    byte[] frame = court.clone();
    byte[] merged = court.clone();
    fill(frame, 40, 20, 1, 1, 236);
    fill(frame, 40, 22, 1, 1, 236);
    fill(merged, 40, 21, 1, 1, 236);
    assertThat(objects.compare(frame, merged)).isEqualTo(new SmallObjects.Counts(2, 1, 0));
  }

  @Test
  void diagonalNeighboursAreOneThingAndFaintNoiseIsNone() {
    byte[] frame = court.clone();
    fill(frame, 0, 0, 1, 1, 200);
    fill(frame, 1, 1, 1, 1, 200);
    fill(frame, 83, 83, 1, 1, 87 + SmallObjects.CONTRAST - 1);
    assertThat(objects.in(frame)).containsExactly(new SmallObjects.Thing(0.5, 0.5, 2));
  }

  @Test
  void countsAddUp() {
    SmallObjects.Counts sum =
        new SmallObjects.Counts(3, 2, 1)
            .plus(SmallObjects.Counts.NONE)
            .plus(new SmallObjects.Counts(1, 0, 4));
    assertThat(sum).isEqualTo(new SmallObjects.Counts(4, 2, 5));
    assertThat(sum.recall()).isEqualTo(0.5);
    assertThat(SmallObjects.Counts.NONE.recall()).isNaN();
  }
}
