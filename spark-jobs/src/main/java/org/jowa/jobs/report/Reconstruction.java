package org.jowa.jobs.report;

/**
 * A frame and what the tokenizer made of it.
 *
 * @param game canonical name
 * @param frame which frame it is, in words
 * @param size width and height in pixels
 * @param original {@code [size, size]} gray bytes
 * @param decoded {@code [size, size]} gray bytes, decoded from the frame's tokens
 */
@SuppressWarnings("ArrayRecordComponent")
public record Reconstruction(String game, String frame, int size, byte[] original, byte[] decoded) {

  /** Mean absolute difference in gray levels, of 255. */
  double meanDifference() {
    long sum = 0;
    for (int i = 0; i < original.length; i++) {
      sum += Math.abs((original[i] & 0xFF) - (decoded[i] & 0xFF));
    }
    return (double) sum / original.length;
  }
}
