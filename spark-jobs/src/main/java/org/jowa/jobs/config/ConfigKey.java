package org.jowa.jobs.config;

import java.util.List;
import java.util.Locale;
import org.jowa.data.sample.GameMix;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;

/**
 * One configuration key: its name and what its value may be.
 *
 * @param name kebab-case words, sections separated by dots
 * @param kind what a value is
 * @param least smallest allowed number
 * @param most largest allowed number
 * @param choices allowed words, for {@link Kind#CHOICE}
 */
record ConfigKey(String name, Kind kind, double least, double most, List<String> choices) {

  enum Kind {
    /** A {@link Long}. */
    INTEGER("a whole number"),
    /** A {@link Double}. */
    DECIMAL("a number"),
    /** A {@link Boolean}. */
    FLAG("true or false"),
    /** A {@link String} out of a few. */
    CHOICE("a word"),
    /** A {@link String}, not empty. */
    WORD("a name"),
    /** A {@link String} that names a file, folder or server, or null. */
    FILE("a file or null"),
    /** A {@link String} that {@link GameMix#parse} reads. */
    MIX("natural, or games with weights as in Pong:0.9,*:0.1");

    private final String description;

    Kind(String description) {
      this.description = description;
    }
  }

  static ConfigKey integer(String name, long least, long most) {
    return new ConfigKey(name, Kind.INTEGER, least, most, List.of());
  }

  static ConfigKey decimal(String name, double least, double most) {
    return new ConfigKey(name, Kind.DECIMAL, least, most, List.of());
  }

  static ConfigKey flag(String name) {
    return new ConfigKey(name, Kind.FLAG, 0, 0, List.of());
  }

  static ConfigKey choice(String name, String... choices) {
    return new ConfigKey(name, Kind.CHOICE, 0, 0, List.of(choices));
  }

  static ConfigKey file(String name) {
    return new ConfigKey(name, Kind.FILE, 0, 0, List.of());
  }

  static ConfigKey word(String name) {
    return new ConfigKey(name, Kind.WORD, 0, 0, List.of());
  }

  static ConfigKey mix(String name) {
    return new ConfigKey(name, Kind.MIX, 0, 0, List.of());
  }

  /**
   * The value that a text stands for.
   *
   * @param text as written in a file or after {@code --set}; null stands for no value
   * @param where where it was written, for the message
   * @throws UsageException if the text is of another kind or out of range
   */
  Object parse(String text, String where) {
    boolean none = text == null || text.equals("null");
    if (kind == Kind.FILE) {
      return none || text.isBlank() ? null : text;
    }
    if (none || kind == Kind.WORD && text.isBlank()) {
      throw wrong(text, where, kind.description);
    }
    return switch (kind) {
      case INTEGER -> integerIn(text, where);
      case DECIMAL -> decimalIn(text, where);
      case FLAG -> flagIn(text, where);
      case MIX -> mixIn(text, where);
      case WORD -> text;
      default -> choiceIn(text, where);
    };
  }

  private Long integerIn(String text, String where) {
    try {
      long value = Long.parseLong(text.replace("_", ""));
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Reported below with the range.
    }
    throw wrong(
        text, where, String.format(Locale.ROOT, "a whole number from %.0f to %.0f", least, most));
  }

  private Double decimalIn(String text, String where) {
    try {
      double value = Double.parseDouble(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Reported below with the range.
    }
    throw wrong(text, where, "a number from " + least + " to " + most);
  }

  private Boolean flagIn(String text, String where) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong(text, where, kind.description);
    };
  }

  private String mixIn(String text, String where) {
    try {
      GameMix.parse(text, 1);
      return text.strip();
    } catch (InvalidInputException e) {
      throw new UsageException(
          "Configuration key %s in %s: %s".formatted(name, where, e.getMessage()));
    }
  }

  private String choiceIn(String text, String where) {
    if (choices.contains(text)) {
      return text;
    }
    throw wrong(text, where, "one of " + String.join(", ", choices));
  }

  private UsageException wrong(String text, String where, String expected) {
    return new UsageException(
        "Configuration key %s in %s must be %s, found '%s'".formatted(name, where, expected, text));
  }
}
