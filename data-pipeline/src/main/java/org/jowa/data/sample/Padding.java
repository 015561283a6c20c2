package org.jowa.data.sample;

/** On which side a segment that reaches past its episode is filled with zeros (spec 5.3). */
public enum Padding {
  /** Segments start at 0, stride, 2 stride, ...: what training uses. */
  RIGHT,
  /** Segments end at length-1, length-1-stride, ...: what imagination uses. */
  LEFT
}
