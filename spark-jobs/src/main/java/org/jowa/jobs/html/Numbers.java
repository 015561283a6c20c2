package org.jowa.jobs.html;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as people read them: grouped, no more digits than they deserve, a real minus sign. */
public final class Numbers {
  /** Stands where there is no number. */
  public static final String UNKNOWN = "–";

  private Numbers() {}

  /** A whole number with groups: {@code 24,000}. */
  public static String count(long value) {
    return minus(String.format(Locale.ROOT, "%,d", value));
  }

  /** A raw score: one decimal below 1,000, none above. */
  public static String score(double value) {
    if (!Double.isFinite(value)) {
      return UNKNOWN;
    }
    boolean whole = Math.abs(value) >= 1_000;
    return minus(String.format(Locale.ROOT, whole ? "%,.0f" : "%.1f", value));
  }

  /** A raw score with its sign: {@code +3.9}. */
  public static String difference(double value) {
    String text = score(value);
    return value > 0 ? "+" + text : text;
  }

  /** A normalised score: two decimals, one from 10 on, none from 100 on. */
  public static String normalised(double value) {
    if (!Double.isFinite(value)) {
      return UNKNOWN;
    }
    double size = Math.abs(value);
    return minus(
        String.format(Locale.ROOT, size < 10 ? "%.2f" : size < 100 ? "%.1f" : "%.0f", value));
  }

  /** Three significant digits; very small and very large ones with an exponent. */
  public static String significant(double value) {
    if (!Double.isFinite(value)) {
      return UNKNOWN;
    }
    double size = Math.abs(value);
    if (size != 0 && (size < 1e-3 || size >= 1e7)) {
      String text = String.format(Locale.ROOT, "%.2e", value);
      return minus(
          text.replaceFirst("\\.?0*e", "e").replaceFirst("e([+-])0*", "e$1").replace("e+", "e"));
    }
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(3));
    if (size >= 1_000) {
      return minus(String.format(Locale.ROOT, "%,d", rounded.longValue()));
    }
    return minus(rounded.stripTrailingZeros().toPlainString());
  }

  /** A share as a percentage: {@code 41.8%}. */
  public static String percent(double share) {
    return Double.isFinite(share) ? significant(100 * share) + "%" : UNKNOWN;
  }

  /** A duration with its two largest units: {@code 12 min 3 s}. */
  public static String duration(double seconds) {
    if (seconds < 60) {
      return significant(seconds) + " s";
    }
    long whole = Math.round(seconds);
    long minutes = whole / 60;
    return minutes < 60
        ? minutes + " min " + whole % 60 + " s"
        : count(minutes / 60) + " h " + minutes % 60 + " min";
  }

  private static String minus(String text) {
    // "-0.0" would claim a sign that the rounding has taken away.
    String unsigned = text.replaceAll("^-(0(?:\\.0+)?)$", "$1");
    return unsigned.replace('-', '−');
  }
}
