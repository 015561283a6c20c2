package org.jowa.model.collective;

/** How elements are cut into one slice for each rank; the first ones are longer by at most one. */
public record Slices(long length, int count) {
  /** First element of a slice; that of slice {@code count} is the length. */
  public long start(int slice) {
    // Remainders apart, so that the product can't overflow.
    return slice * (length / count) + Math.min(slice, length % count);
  }
}
