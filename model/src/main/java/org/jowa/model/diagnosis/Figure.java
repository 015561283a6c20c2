package org.jowa.model.diagnosis;

import org.jspecify.annotations.Nullable;

/**
 * One measured number.
 *
 * @param name what it is
 * @param value null where there was nothing to measure it on
 * @param baseline what the trivial alternative gets on the same data; null where there is none
 * @param gate when it passes, in words; null for a figure that decides nothing
 * @param passes null if it decides nothing, or there was nothing to measure
 */
public record Figure(
    String name,
    @Nullable Double value,
    @Nullable Double baseline,
    @Nullable String gate,
    @Nullable Boolean passes) {

  /** A figure without a trivial alternative; NaN where there was nothing to measure. */
  static Figure of(String name, double value) {
    return of(name, value, Double.NaN);
  }

  /** A figure beside what the trivial alternative gets. */
  static Figure of(String name, double value, double baseline) {
    return new Figure(name, known(value), known(baseline), null, null);
  }

  /** The same with a gate; where there was nothing to measure it neither passes nor fails. */
  Figure gated(String words, boolean passed) {
    return new Figure(name, value, baseline, words, value == null ? null : passed);
  }

  /** Whether it has a gate and doesn't pass it. */
  public boolean fails() {
    return Boolean.FALSE.equals(passes);
  }

  /** The value, NaN where there is none. */
  double number() {
    return value == null ? Double.NaN : value;
  }

  /** The baseline, NaN where there is none. */
  double trivial() {
    return baseline == null ? Double.NaN : baseline;
  }

  private static @Nullable Double known(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
