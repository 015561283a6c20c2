package org.jowa.model.settings;

import static java.util.Objects.requireNonNull;

import java.lang.reflect.RecordComponent;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jowa.error.UsageException;
import org.jspecify.annotations.Nullable;

/**
 * A key of a configuration.
 *
 * @param name sections and name, kebab-case between dots
 * @param about what it means, in one line
 * @param type of the record's component
 * @param range of numbers; null for what is none
 * @param before what configurations mean that are older than it, as text; empty if none are
 */
public record Key(
    String name, String about, Class<?> type, @Nullable Interval range, String before) {
  static Key of(String name, RecordComponent component, Setting setting) {
    return new Key(
        name,
        setting.value(),
        component.getType(),
        setting.range().isEmpty() ? null : Interval.parse(setting.range()),
        setting.before());
  }

  /** Whether a configuration may lack it. */
  public boolean isYounger() {
    return !before.isEmpty();
  }

  /**
   * The value that a text stands for.
   *
   * @param text as written in a file or after {@code --set}; null stands for no value
   * @param where where it was written, for the message
   * @return an object of the component's type
   * @throws UsageException if the text is of another kind or out of range
   */
  Object parse(String text, String where) {
    boolean none = text == null || text.isBlank() || text.equals("null");
    if (type == Optional.class) {
      return none ? Optional.empty() : Optional.of(text);
    }
    return Optional.ofNullable(none ? null : value(text))
        .orElseThrow(
            () ->
                new UsageException(
                    "Configuration key %s in %s must be %s, found '%s'"
                        .formatted(name, where, expected(), text)));
  }

  /** Null for what isn't one. */
  private @Nullable Object value(String text) {
    try {
      if (type == int.class) {
        return within((double) Integer.parseInt(digits(text)))
            ? Integer.valueOf(digits(text))
            : null;
      }
      if (type == long.class) {
        return within((double) Long.parseLong(digits(text))) ? Long.valueOf(digits(text)) : null;
      }
      if (type == double.class) {
        return within(Double.parseDouble(text)) ? Double.valueOf(text) : null;
      }
    } catch (NumberFormatException e) {
      return null;
    }
    if (type == boolean.class) {
      return text.equals("true") || text.equals("false") ? Boolean.valueOf(text) : null;
    }
    return type.isEnum() ? constant(text) : text;
  }

  private static String digits(String text) {
    return text.replace("_", "");
  }

  private boolean within(double value) {
    return range == null || range.contains(value);
  }

  private @Nullable Object constant(String text) {
    return Stream.of(type.getEnumConstants())
        .filter(value -> word(value).equals(text))
        .findFirst()
        .orElse(null);
  }

  private String expected() {
    if (type == int.class || type == long.class) {
      return "a whole number " + bounds(/* whole= */ true);
    }
    if (type == double.class) {
      return "a number " + bounds(/* whole= */ false);
    }
    if (type == boolean.class) {
      return "true or false";
    }
    return type.isEnum()
        ? Stream.of(type.getEnumConstants())
            .map(Key::word)
            .collect(Collectors.joining(", ", "one of ", ""))
        : "a name";
  }

  private String bounds(boolean whole) {
    return requireNonNull(range, name).describe(whole);
  }

  /** A component's value as numbers, true or false, texts and null. */
  static @Nullable Object plain(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.orElse(null);
    }
    return value instanceof Enum<?> constant ? word(constant) : value;
  }

  private static String word(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
