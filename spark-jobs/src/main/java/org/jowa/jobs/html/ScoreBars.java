package org.jowa.jobs.html;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * One bar per game on the axis where published random play is 0 and a human is 1, with marks for
 * others on the same axis. Positions are percentages, so that the text keeps its size at any width.
 * What lies beyond the axis is drawn as an arrow at its end; the numbers beside the bars are exact.
 */
public final class ScoreBars implements Consumer<Html> {
  /** An axis that shows more than this many humans would hide the others. */
  private static final double LONGEST = 3;

  private static final double SHORTEST_BELOW_ZERO = -0.5;
  private static final double BAR_TOP = 24;
  private static final double BAR_HEIGHT = 14;
  private static final double ROW_HEIGHT = 50;
  private static final double HEAD = 20;

  /** Who a mark stands for; the shapes differ, not only the colours. */
  public enum Player {
    MEASURED_RANDOM("random, measured here"),
    DATA("training data, whole episodes"),
    DQN("DQN");

    private final String label;

    Player(String label) {
      this.label = label;
    }
  }

  /** Another player's score on the same axis. */
  public record Mark(Player player, double score) {}

  /**
   * One game's bar.
   *
   * @param score normalised
   * @param partial true if the score is that of episodes cut short: drawn hatched
   */
  public record Bar(String game, double score, boolean partial, List<Mark> marks) {}

  private final List<Bar> bars;
  private final String id;
  private final double low;
  private final double high;

  private ScoreBars(String id, List<Bar> bars, double low, double high) {
    this.id = id;
    this.bars = bars;
    this.low = low;
    this.high = high;
  }

  /**
   * @param id unique within the page
   * @param bars at least one
   */
  public static ScoreBars of(String id, List<Bar> bars) {
    List<Bar> sorted = new ArrayList<>(bars);
    sorted.sort(Comparator.comparingDouble(Bar::score).reversed().thenComparing(Bar::game));
    double least = 0;
    double most = 1;
    for (Bar bar : sorted) {
      least = Math.min(least, bar.score());
      most = Math.max(most, bar.score());
      for (Mark mark : bar.marks()) {
        least = Math.min(least, mark.score());
        most = Math.max(most, mark.score());
      }
    }
    double low = least < 0 ? Math.max(least - 0.05, SHORTEST_BELOW_ZERO) : -0.05;
    double high = Math.min(most * 1.08, LONGEST);
    return new ScoreBars(id, sorted, low, high);
  }

  @Override
  public void accept(Html html) {
    double height = HEAD + ROW_HEIGHT * bars.size();
    String hatch = id + "-hatch";
    html.element("figure", "class", "bars");
    html.element(
        "svg",
        "width",
        "100%",
        "height",
        number(height),
        "role",
        "img",
        "aria-label",
        description());
    html.element("defs")
        .element(
            "pattern",
            "id",
            hatch,
            "width",
            "6",
            "height",
            "6",
            "patternUnits",
            "userSpaceOnUse",
            "patternTransform",
            "rotate(45)")
        .empty("rect", "width", "6", "height", "6", "class", "hatch-ground")
        .empty("rect", "width", "3", "height", "6", "class", "hatch-line")
        .end()
        .end();
    reference(html, 0, "random", height);
    reference(html, 1, "human", height);
    for (int i = 0; i < bars.size(); i++) {
      bar(html, bars.get(i), HEAD + i * ROW_HEIGHT, "url(#" + hatch + ")");
    }
    html.end();
    html.add(this::legend).end();
  }

  private String description() {
    StringBuilder text =
        new StringBuilder("Human-normalised scores, random play is 0 and a human is 1: ");
    for (int i = 0; i < bars.size(); i++) {
      text.append(i == 0 ? "" : ", ")
          .append(bars.get(i).game())
          .append(' ')
          .append(Numbers.normalised(bars.get(i).score()));
    }
    return text.append('.').toString();
  }

  private void reference(Html html, double value, String label, double height) {
    String x = percent(value);
    html.empty(
        "line",
        "class",
        "reference",
        "x1",
        x,
        "x2",
        x,
        "y1",
        number(HEAD - 4),
        "y2",
        number(height));
    html.leaf(
        "text",
        label + " " + (int) value,
        "class",
        position(value) > 85
            ? "axis-label end"
            : position(value) < 15 ? "axis-label start" : "axis-label",
        "x",
        x,
        "y",
        "11");
  }

  private void bar(Html html, Bar bar, double top, String hatch) {
    double from = Math.min(position(0), position(bar.score()));
    double to = Math.max(position(0), position(bar.score()));
    html.leaf("text", bar.game(), "class", "game-label", "x", "0", "y", number(top + 17));
    html.leaf(
        "text",
        Numbers.normalised(bar.score()),
        "class",
        "value-label",
        "x",
        "100%",
        "y",
        number(top + 17));
    html.empty(
        "rect",
        "class",
        "track",
        "x",
        "0",
        "width",
        "100%",
        "y",
        number(top + BAR_TOP),
        "height",
        number(BAR_HEIGHT),
        "rx",
        "3");
    String[] shape = {
      "class",
      bar.partial() ? "bar partial" : "bar",
      "x",
      number(from) + "%",
      "width",
      number(Math.max(to - from, 0.3)) + "%",
      "y",
      number(top + BAR_TOP),
      "height",
      number(BAR_HEIGHT),
      "fill",
      bar.partial() ? hatch : "currentColor",
      "rx",
      "2"
    };
    html.empty("rect", shape);
    if (bar.score() > high || bar.score() < low) {
      arrow(html, bar.score() > high, top, "beyond");
    }
    for (Mark mark : bar.marks()) {
      mark(html, mark, top);
    }
  }

  private void mark(Html html, Mark mark, double top) {
    boolean beyond = mark.score() > high || mark.score() < low;
    html.element(
        "svg",
        "x",
        percent(mark.score()),
        "y",
        number(top + BAR_TOP + BAR_HEIGHT / 2),
        "overflow",
        "visible");
    html.element(
        "g", "transform", "translate(" + (beyond ? mark.score() > high ? -24 : 24 : 0) + " 0)");
    symbol(html, mark.player(), mark.player().label + " " + Numbers.normalised(mark.score()));
    html.end().end();
    if (beyond) {
      arrow(html, mark.score() > high, top, "beyond mark");
    }
  }

  /** Says that what it belongs to lies beyond this end of the axis. */
  private static void arrow(Html html, boolean right, double top, String style) {
    html.element(
        "svg", "x", right ? "100%" : "0", "y", number(top + BAR_TOP), "overflow", "visible");
    html.empty(
        "path",
        "class",
        style,
        "d",
        right ? "M-14 2l5 5l-5 5M-8 2l5 5l-5 5" : "M14 2l-5 5l5 5M8 2l-5 5l5 5");
    html.end();
  }

  private static void symbol(Html html, Player player, String title) {
    switch (player) {
      case MEASURED_RANDOM -> html.element("circle", "class", "player random", "r", "5");
      case DATA -> html.element("path", "class", "player data", "d", "M0-7L6 5H-6Z");
      case DQN -> html.element("path", "class", "player dqn", "d", "M0-6L6 0L0 6L-6 0Z");
    }
    html.leaf("title", title).end();
  }

  private void legend(Html html) {
    html.element("ul", "class", "legend players", "aria-hidden", "true");
    boolean partial = bars.stream().anyMatch(Bar::partial);
    html.element("li")
        .empty("span", "class", partial ? "swatch partial" : "swatch")
        .text(partial ? "agent, episodes cut short" : "agent")
        .end();
    for (Player player : Player.values()) {
      if (bars.stream().flatMap(b -> b.marks().stream()).anyMatch(m -> m.player() == player)) {
        html.element("li").element("svg", "width", "16", "height", "16", "viewBox", "-8 -8 16 16");
        symbol(html, player, player.label);
        html.end().text(player.label).end();
      }
    }
    html.end();
  }

  private double position(double score) {
    double inside = Math.max(low, Math.min(high, score));
    return 100 * (inside - low) / (high - low);
  }

  private String percent(double score) {
    return number(position(score)) + "%";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2f", value).replaceFirst("\\.?0+$", "");
  }
}
