package org.jowa.model.diagnosis;

import static org.jowa.env.game.Observation.SIDE;

import java.util.Arrays;

/** Frames with rectangles on them. */
final class DrawnFrames {
  private DrawnFrames() {}

  static byte[] gray(int value) {
    byte[] frame = new byte[SIDE * SIDE];
    Arrays.fill(frame, (byte) value);
    return frame;
  }

  static void fill(byte[] frame, int row, int column, int height, int width, int value) {
    for (int r = row; r < row + height; r++) {
      Arrays.fill(frame, r * SIDE + column, r * SIDE + column + width, (byte) value);
    }
  }
}
