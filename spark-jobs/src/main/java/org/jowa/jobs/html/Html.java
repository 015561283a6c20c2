package org.jowa.jobs.html;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Builds HTML (and the SVG in it) element by element. All text and all attribute values are
 * escaped; there is no way to add raw markup.
 *
 * <pre>{@code
 * new Html().element("p", "class", "note").text("a < b").end()
 * }</pre>
 */
public final class Html {
  /** Elements that HTML writes without an end tag. */
  private static final Set<String> VOID =
      Set.of("br", "col", "hr", "img", "link", "meta", "source");

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /** Begins a page: {@code html} is open, {@code head} is done and carries the style sheet. */
  public static Html page(String title) {
    return new Html()
        .element("html", "lang", "en")
        .element("head")
        .empty("meta", "charset", "utf-8")
        .empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
        .empty("meta", "name", "color-scheme", "content", "light dark")
        .leaf("title", title)
        .style(Style.load())
        .end();
  }

  /**
   * Begins an element; {@link #end} ends it, except for those that HTML has without content.
   *
   * @param attributes names and values in turn
   */
  public Html element(String name, String... attributes) {
    if (attributes.length % 2 != 0) {
      throw new IllegalArgumentException("Attribute without value in <" + name + ">");
    }
    out.append('<').append(name);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      escape(attributes[i + 1]);
      out.append('"');
    }
    out.append('>');
    if (!VOID.contains(name)) {
      open.push(name);
    }
    return this;
  }

  /** Adds an element that holds nothing but text. */
  public Html leaf(String name, String text, String... attributes) {
    return element(name, attributes).text(text).end();
  }

  /** Adds an element without content. */
  public Html empty(String name, String... attributes) {
    element(name, attributes);
    return VOID.contains(name) ? this : end();
  }

  public Html text(String text) {
    escape(text);
    return this;
  }

  /** Adds what {@code content} adds. */
  public Html add(Consumer<Html> content) {
    int depth = open.size();
    content.accept(this);
    if (open.size() != depth) {
      throw new IllegalStateException("Elements left open: " + open);
    }
    return this;
  }

  /** Ends the element begun last. */
  public Html end() {
    out.append("</").append(open.pop()).append('>');
    if (open.size() < 4) {
      out.append('\n');
    }
    return this;
  }

  /**
   * The page so far, with its type.
   *
   * @throws IllegalStateException if an element is still open
   */
  public String document() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("Elements left open: " + open);
    }
    return "<!doctype html>\n" + out;
  }

  /** Adds the project's own style sheet, the only text that is not escaped. */
  private Html style(Style style) {
    out.append("<style>").append(style.css()).append("</style>\n");
    return this;
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> {
          // Control characters are not allowed in HTML.
          if (c >= ' ' || c == '\n' || c == '\t') {
            out.append(c);
          }
        }
      }
    }
  }
}
