package org.jowa.model.settings;

import java.util.Locale;

/**
 * The numbers between two bounds.
 *
 * @param least the lower bound
 * @param hasLeast whether it belongs to them
 * @param most the upper bound
 * @param hasMost whether it belongs to them
 */
record Interval(double least, boolean hasLeast, double most, boolean hasMost) {
  /**
   * @param text as mathematicians write it: {@code [0, 1)} without the 1
   */
  static Interval parse(String text) {
    String[] bounds = text.substring(1, text.length() - 1).split(",");
    return new Interval(
        Double.parseDouble(bounds[0].replace("_", "")),
        text.startsWith("["),
        Double.parseDouble(bounds[1].replace("_", "")),
        text.endsWith("]"));
  }

  boolean contains(double value) {
    return (hasLeast ? value >= least : value > least) && (hasMost ? value <= most : value < most);
  }

  /** How messages call it: "from 0 to 1", "above 0 and below 1". */
  String describe(boolean whole) {
    if (hasLeast && hasMost) {
      return "from %s to %s".formatted(bound(least, whole), bound(most, whole));
    }
    return "%s %s and %s %s"
        .formatted(
            hasLeast ? "at least" : "above",
            bound(least, whole),
            hasMost ? "at most" : "below",
            bound(most, whole));
  }

  private static String bound(double value, boolean whole) {
    return whole ? String.format(Locale.ROOT, "%.0f", value) : String.valueOf(value);
  }
}
