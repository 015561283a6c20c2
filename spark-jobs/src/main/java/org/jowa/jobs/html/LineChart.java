package org.jowa.jobs.html;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.function.DoubleFunction;
import java.util.function.ToDoubleFunction;

/**
 * A line chart over steps. The lines are an SVG that stretches with the page; the text around them
 * is HTML and keeps its size. Long lines are thinned to their extremes, so that peaks stay.
 */
public final class LineChart implements Consumer<Html> {
  /** Colours in the style sheet: more lines than this cannot be told apart. */
  public static final int MAX_LINES = 8;

  private static final int BUCKETS = 200;

  /** A line that begins within this share of its end is shown from step 0 on. */
  private static final double NEAR_START = 0.2;

  /** Share of a chart's width that a letter of a mark's label takes, at its narrowest. */
  private static final double LETTER = 0.027;

  private static final int Y_TICKS = 4;
  private static final int X_TICKS = 4;

  /** A value at a step. */
  public record Point(double x, double y) {}

  /**
   * A named line.
   *
   * @param points in the order of x, all finite
   */
  public record Line(String name, List<Point> points) {}

  private record Mark(double x, String label) {}

  private final String title;
  private final String unit;
  private final List<Line> lines = new ArrayList<>();
  private final List<Mark> marks = new ArrayList<>();
  private DoubleFunction<String> format = Numbers::significant;
  private String along = "step";
  private boolean lastValues = true;

  private LineChart(String title, String unit) {
    this.title = title;
    this.unit = unit;
  }

  /**
   * @param unit of the values, or what they measure
   */
  public static LineChart titled(String title, String unit) {
    return new LineChart(title, unit);
  }

  /** Adds a line; one without points is left out. */
  public LineChart line(Line line) {
    if (!line.points().isEmpty() && lines.size() < MAX_LINES) {
      lines.add(line);
    }
    return this;
  }

  /** Marks a step that matters for all lines; left out where it lies beyond them. */
  public LineChart mark(double x, String label) {
    marks.add(new Mark(x, label));
    return this;
  }

  /** What the points are at; steps if not given. */
  public LineChart along(String quantity) {
    along = quantity;
    return this;
  }

  /** How to write values; three significant digits if not given. */
  public LineChart format(DoubleFunction<String> valueFormat) {
    format = valueFormat;
    return this;
  }

  /** Leaves the last values out of the legend: they say nothing about these lines. */
  public LineChart namesOnly() {
    lastValues = false;
    return this;
  }

  /** True if there is nothing to show. */
  public boolean isEmpty() {
    return lines.isEmpty();
  }

  @Override
  public void accept(Html html) {
    double first = extreme(Point::x, false);
    double last = extreme(Point::x, true);
    Axis x = Axis.exactly(first < NEAR_START * last ? 0 : first, last, X_TICKS);
    Axis y = Axis.fitting(extreme(Point::y, false), extreme(Point::y, true), Y_TICKS);
    html.element("figure", "class", "chart");
    html.element("figcaption")
        .leaf("span", title, "class", "chart-title")
        .leaf("span", y.logarithmic() ? unit + ", log scale" : unit, "class", "unit")
        .end();
    html.element("div", "class", "plot", "role", "img", "aria-label", description());
    html.add(h -> yLabels(h, y)).add(h -> drawing(h, x, y)).add(h -> xLabels(h, x));
    html.end();
    html.add(this::legend);
    html.end();
  }

  private double extreme(ToDoubleFunction<Point> of, boolean largest) {
    var values = lines.stream().flatMap(line -> line.points().stream()).mapToDouble(of);
    return (largest ? values.max() : values.min()).orElseThrow();
  }

  private String description() {
    StringJoiner text = new StringJoiner("; ", title + " (" + unit + "): ", ".");
    for (Line line : lines) {
      Point first = line.points().get(0);
      Point last = line.points().get(line.points().size() - 1);
      text.add(
          "%s from %s at %s %s to %s at %s %s"
              .formatted(
                  line.name(),
                  format.apply(first.y()),
                  along,
                  Numbers.count((long) first.x()),
                  format.apply(last.y()),
                  along,
                  Numbers.count((long) last.x())));
    }
    return text.toString();
  }

  private void yLabels(Html html, Axis y) {
    html.element("div", "class", "y-axis", "aria-hidden", "true");
    for (double tick : y.ticks()) {
      html.leaf("span", format.apply(tick), "style", "bottom:" + percent(y.position(tick)));
    }
    html.end();
  }

  private static void xLabels(Html html, Axis x) {
    html.element("div", "class", "x-axis", "aria-hidden", "true");
    for (double tick : x.ticks()) {
      double position = x.position(tick);
      String edge = position > 0.95 ? "last" : position < 0.05 ? "first" : "inner";
      html.leaf(
          "span",
          tick == Math.rint(tick) ? Numbers.count(Math.round(tick)) : Numbers.significant(tick),
          "class",
          edge,
          "style",
          "left:" + percent(position));
    }
    html.end();
  }

  private void drawing(Html html, Axis x, Axis y) {
    html.element("div", "class", "canvas");
    html.element(
        "svg",
        "viewBox",
        "0 0 1000 1000",
        "preserveAspectRatio",
        "none",
        "aria-hidden",
        "true",
        "focusable",
        "false");
    for (double tick : y.ticks()) {
      String at = coordinate(1 - y.position(tick));
      html.empty("line", "class", "grid", "x1", "0", "x2", "1000", "y1", at, "y2", at);
    }
    List<Mark> within =
        marks.stream()
            .filter(mark -> mark.x() >= x.low() && mark.x() <= x.high())
            .sorted(Comparator.comparingDouble(Mark::x))
            .toList();
    for (Mark mark : within) {
      String at = coordinate(x.position(mark.x()));
      html.empty("line", "class", "mark", "x1", at, "x2", at, "y1", "0", "y2", "1000");
    }
    // Training losses, which come first, are noisy and would hide the held-out ones.
    for (int i = 0; i < lines.size(); i++) {
      List<Point> points = lines.get(i).points();
      String kind = points.size() == 1 ? "line point c" : "line c";
      html.empty("path", "class", kind + i, "d", path(points, x, y));
    }
    html.end();
    html.add(h -> markLabels(h, within, x)).end();
  }

  /** Each in the highest row in which it covers none before it. */
  private static void markLabels(Html html, List<Mark> marks, Axis x) {
    List<Double> rowEnds = new ArrayList<>();
    for (Mark mark : marks) {
      double position = x.position(mark.x());
      double width = LETTER * (mark.label().length() + 2);
      boolean before = position > 0.6;
      double start = before ? position - width : position;
      int row = 0;
      while (row < rowEnds.size() && rowEnds.get(row) > start) {
        row++;
      }
      if (row == rowEnds.size()) {
        rowEnds.add(0.0);
      }
      rowEnds.set(row, start + width);
      html.leaf(
          "span",
          mark.label(),
          "class",
          before ? "mark-label before" : "mark-label",
          "style",
          String.format(Locale.ROOT, "left:%s;top:%.1fem", percent(position), 1.2 * row));
    }
  }

  private static String path(List<Point> points, Axis x, Axis y) {
    StringBuilder path = new StringBuilder();
    for (Point point : thinned(points)) {
      path.append(path.isEmpty() ? 'M' : 'L')
          .append(coordinate(x.position(point.x())))
          .append(' ')
          .append(coordinate(1 - y.position(point.y())));
    }
    // A single point has no length: a line cap makes it visible.
    return points.size() == 1 ? path + "h.1" : path.toString();
  }

  /** The smallest and the largest point of each of {@value #BUCKETS} stretches. */
  static List<Point> thinned(List<Point> points) {
    if (points.size() <= 2 * BUCKETS) {
      return points;
    }
    List<Point> kept = new ArrayList<>(2 * BUCKETS + 2);
    kept.add(points.get(0));
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      int from = (int) ((long) bucket * points.size() / BUCKETS);
      int to = (int) ((long) (bucket + 1) * points.size() / BUCKETS);
      int low = from;
      int high = from;
      for (int i = from; i < to; i++) {
        low = points.get(i).y() < points.get(low).y() ? i : low;
        high = points.get(i).y() > points.get(high).y() ? i : high;
      }
      kept.add(points.get(Math.min(low, high)));
      kept.add(points.get(Math.max(low, high)));
    }
    kept.add(points.get(points.size() - 1));
    return kept;
  }

  private void legend(Html html) {
    html.element("ul", "class", "legend");
    for (int i = 0; i < lines.size(); i++) {
      List<Point> points = lines.get(i).points();
      html.element("li", "class", "c" + i).leaf("span", lines.get(i).name());
      if (lastValues) {
        html.text(" ").leaf("b", format.apply(points.get(points.size() - 1).y()));
      }
      html.end();
    }
    html.end();
  }

  private static String coordinate(double share) {
    return String.format(Locale.ROOT, "%.1f", 1000 * share);
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f%%", 100 * share);
  }
}
