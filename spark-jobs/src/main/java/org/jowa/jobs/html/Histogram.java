package org.jowa.jobs.html;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Bars over bins of a number, or over named things. The bars are an SVG that stretches with the
 * page; the text around them is HTML and keeps its size.
 */
public final class Histogram implements Consumer<Html> {
  private static final int MOST_BINS = 24;
  private static final int MOST_Y_STEPS = 4;
  private static final int MOST_LABELS = 6;

  /** Share of a bin that its bar takes, so that bars can be told apart. */
  private static final double BAR = 0.86;

  private final String title;
  private final String unit;
  private final long[] counts;
  private final List<Label> labels;
  private final String description;

  private record Label(double position, String text) {}

  private Histogram(
      String title, String unit, long[] counts, List<Label> labels, String description) {
    this.title = title;
    this.unit = unit;
    this.counts = counts;
    this.labels = labels;
    this.description = description;
  }

  /**
   * A histogram of numbers.
   *
   * @param unit what is counted
   * @param values at least one, all finite
   */
  public static Histogram of(String title, String unit, double[] values) {
    double least = Arrays.stream(values).min().orElseThrow();
    double most = Arrays.stream(values).max().orElseThrow();
    boolean whole = Arrays.stream(values).allMatch(value -> value == Math.rint(value));
    double width = Math.max(most - least, whole ? 0 : 1e-9);
    // A bin of whole numbers holds equally many of them, or the picture would show teeth.
    double bin = whole ? Math.ceil((width + 1) / MOST_BINS) : width / MOST_BINS;
    int bins = whole ? (int) Math.ceil((width + 1) / bin) : MOST_BINS;
    long[] counts = new long[bins];
    for (double value : values) {
      counts[Math.min(bins - 1, (int) ((value - least) / bin))]++;
    }
    List<Label> labels = new ArrayList<>();
    double end = least + bins * bin - (whole ? 1 : 0);
    labels.add(new Label(0, Numbers.significant(least)));
    labels.add(new Label(50, Numbers.significant((least + end) / 2)));
    labels.add(new Label(100, Numbers.significant(end)));
    return new Histogram(
        title,
        unit,
        counts,
        labels,
        String.format(
            Locale.ROOT,
            "%s: %,d values from %s to %s",
            title,
            values.length,
            Numbers.significant(least),
            Numbers.significant(most)));
  }

  /**
   * A bar for each of a few named things.
   *
   * @param unit what is counted
   * @param names in the order of {@code counts}
   */
  public static Histogram of(String title, String unit, List<String> names, long[] counts) {
    List<Label> labels = new ArrayList<>();
    int every = (names.size() + MOST_LABELS - 1) / MOST_LABELS;
    StringBuilder description = new StringBuilder(title + ":");
    for (int i = 0; i < names.size(); i++) {
      if (i % every == 0) {
        labels.add(new Label(100 * (i + 0.5) / names.size(), names.get(i)));
      }
      if (counts[i] > 0) {
        description.append(String.format(Locale.ROOT, " %s %,d;", names.get(i), counts[i]));
      }
    }
    return new Histogram(title, unit, counts.clone(), labels, description.toString());
  }

  @Override
  public void accept(Html html) {
    long most = Math.max(1, Arrays.stream(counts).max().orElse(1));
    long step = roundStep(most);
    long steps = (most + step - 1) / step;
    double top = step * steps;
    html.element("figure", "class", "chart");
    html.element("figcaption")
        .leaf("span", title, "class", "chart-title")
        .leaf("span", unit, "class", "unit")
        .end();
    html.element("div", "class", "plot", "role", "img", "aria-label", description);
    html.element("div", "class", "y-axis");
    for (long tick = 0; tick <= steps; tick++) {
      html.leaf(
          "span", Numbers.count(step * tick), "style", "bottom:" + percent(100.0 * tick / steps));
    }
    html.end().element("div", "class", "canvas");
    html.element("svg", "viewBox", "0 0 100 100", "preserveAspectRatio", "none");
    for (long tick = 0; tick <= steps; tick++) {
      String y = number(100 - 100.0 * tick / steps);
      html.empty("line", "class", "grid", "x1", "0", "x2", "100", "y1", y, "y2", y);
    }
    double width = 100.0 / counts.length;
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        double height = 100.0 * counts[i] / top;
        html.empty(
            "rect",
            "class",
            "histogram-bar",
            "x",
            number(width * (i + (1 - BAR) / 2)),
            "width",
            number(width * BAR),
            "y",
            number(100 - height),
            "height",
            number(height));
      }
    }
    html.end().end().element("div", "class", "x-axis");
    for (Label label : labels) {
      html.leaf(
          "span",
          label.text(),
          "class",
          label.position() == 0 ? "first" : label.position() == 100 ? "last" : "",
          "style",
          "left:" + percent(label.position()));
    }
    html.end().end().end();
  }

  /** The least of 1, 2, 5, 10, 20, .. that takes few steps to a count. */
  private static long roundStep(long most) {
    for (long decade = 1; ; decade *= 10) {
      for (int leading : new int[] {1, 2, 5}) {
        if (leading * decade * MOST_Y_STEPS >= most) {
          return leading * decade;
        }
      }
    }
  }

  private static String percent(double value) {
    return number(value) + "%";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }
}
