package org.jowa.model.tokenizer;

/** Draws in proportion to weights. */
final class Weighted {
  private Weighted() {}

  /**
   * An index, as likely as its weight says; where all are 0 each is as likely as any other.
   *
   * @param weights not negative
   * @param uniform in [0, 1)
   */
  static int index(double[] weights, double uniform) {
    double total = 0;
    for (double weight : weights) {
      total += weight;
    }
    if (total == 0) {
      return (int) (uniform * weights.length);
    }
    double left = uniform * total;
    int last = 0;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0) {
        last = i;
        left -= weights[i];
        if (left < 0) {
          return i;
        }
      }
    }
    // What rounding left over.
    return last;
  }
}
