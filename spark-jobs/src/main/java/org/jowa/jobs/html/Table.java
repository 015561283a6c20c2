package org.jowa.jobs.html;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * A table with one heading row. The first column is text; of the others those whose cells are
 * words, the rest are numbers.
 */
public final class Table implements Consumer<Html> {
  /** Letters from which on words are broken into lines, which then shouldn't be too many. */
  private static final int LONG = 24;

  private final String caption;
  private final List<String> columns;
  private final List<List<String>> rows = new ArrayList<>();

  private Table(String caption, List<String> columns) {
    this.caption = caption;
    this.columns = columns;
  }

  /** An empty table. */
  public static Table of(String caption, String... columns) {
    return new Table(caption, List.of(columns));
  }

  /**
   * @param cells one for each column
   */
  public Table row(List<String> cells) {
    if (cells.size() != columns.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Row has %d cells, expected %d", cells.size(), columns.size()));
    }
    rows.add(List.copyOf(cells));
    return this;
  }

  /** As the other one. */
  public Table row(String... cells) {
    return row(List.of(cells));
  }

  @Override
  public void accept(Html html) {
    html.element("figure", "class", "table").leaf("figcaption", caption);
    // A wide table scrolls within its own frame; the frame takes focus for the keyboard.
    html.element(
        "div", "class", "scroll", "tabindex", "0", "role", "region", "aria-label", caption);
    html.element("table").element("thead").element("tr");
    for (int column = 0; column < columns.size(); column++) {
      cell(html, "th", column, columns.get(column), "scope", "col");
    }
    html.end().end().element("tbody");
    for (List<String> row : rows) {
      html.element("tr").leaf("th", row.get(0), "scope", "row");
      for (int column = 1; column < row.size(); column++) {
        cell(html, "td", column, row.get(column));
      }
      html.end();
    }
    html.end().end().end().end();
  }

  private void cell(Html html, String name, int column, String text, String... attributes) {
    List<String> all = new ArrayList<>(List.of(attributes));
    if (column > 0 && isText(column)) {
      all.addAll(List.of("class", isLong(column) ? "long text" : "text"));
    }
    html.leaf(name, text, all.toArray(String[]::new));
  }

  private boolean isText(int column) {
    return rows.stream()
        .map(row -> row.get(column))
        .anyMatch(cell -> !cell.isEmpty() && Character.isLetter(cell.charAt(0)));
  }

  private boolean isLong(int column) {
    return rows.stream().anyMatch(row -> row.get(column).length() > LONG);
  }

  /** The same as Markdown. */
  public String markdown() {
    StringBuilder text = new StringBuilder("**").append(escaped(caption)).append("**\n\n");
    line(text, columns);
    text.append("|---").append("|--:".repeat(columns.size() - 1)).append("|\n");
    rows.forEach(row -> line(text, row));
    return text.append('\n').toString();
  }

  private static void line(StringBuilder text, List<String> cells) {
    for (String cell : cells) {
      text.append("| ").append(escaped(cell)).append(' ');
    }
    text.append("|\n");
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ");
  }
}
