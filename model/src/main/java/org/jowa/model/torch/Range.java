package org.jowa.model.torch;

/**
 * A part of a flat buffer, in elements.
 *
 * @param offset first element
 * @param length number of elements, possibly 0
 */
public record Range(long offset, long length) {
  /** First element after this range. */
  public long end() {
    return offset + length;
  }
}
