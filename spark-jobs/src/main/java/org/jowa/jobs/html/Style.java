package org.jowa.jobs.html;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** The style sheet that every page carries in itself. */
final class Style {
  private final String css;

  private Style(String css) {
    this.css = css;
  }

  /** Reads {@code report.css} from beside this class. */
  static Style load() {
    try (InputStream in = Style.class.getResourceAsStream("report.css")) {
      byte[] bytes =
          Objects.requireNonNull(in, "report.css is not on the class path").readAllBytes();
      return new Style(new String(bytes, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String css() {
    return css;
  }
}
