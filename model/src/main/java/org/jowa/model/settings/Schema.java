package org.jowa.model.settings;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.KebabCaseStrategy;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jowa.error.Suggestion;
import org.jowa.error.UsageException;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes a settings record: its keys are its components with a {@link Setting}, and those
 * of the settings records in it. Other components start as false, 0 or null.
 *
 * @param <R> the record
 */
public final class Schema<R extends Record> {
  private static final KebabCaseStrategy KEBAB_CASE = new KebabCaseStrategy();

  private final Class<R> type;
  private final Map<String, Key> keys = new LinkedHashMap<>();

  private Schema(Class<R> type) {
    this.type = type;
    collect(type);
  }

  /** The schema of a record with a {@link Section}. */
  public static <R extends Record> Schema<R> of(Class<R> type) {
    return new Schema<>(type);
  }

  private void collect(Class<?> record) {
    for (RecordComponent component : record.getRecordComponents()) {
      Setting setting = component.getAnnotation(Setting.class);
      if (setting != null) {
        String name = name(record, component, setting);
        keys.put(name, Key.of(name, component, setting));
      } else if (isSettings(component)) {
        collect(component.getType());
      }
    }
  }

  private static boolean isSettings(RecordComponent component) {
    return component.getType().isAnnotationPresent(Section.class);
  }

  private static String name(Class<?> record, RecordComponent component, Setting setting) {
    String section = record.getAnnotation(Section.class).value();
    String key =
        setting.key().isEmpty() ? KEBAB_CASE.translate(component.getName()) : setting.key();
    return section.isEmpty() ? key : section + "." + key;
  }

  /** All keys, in the order of the components. */
  public Collection<Key> keys() {
    return keys.values();
  }

  /**
   * @throws UsageException if there is no such key; the message has the nearest
   */
  public Key key(String name, String where) {
    Key key = keys.get(name);
    if (key == null) {
      throw new UsageException(
          "Unknown configuration key '%s' in %s%s"
              .formatted(name, where, Suggestion.didYouMean(name, keys.keySet())));
    }
    return key;
  }

  /** What older configurations mean by a key, as text; null if it is as old as any, or none. */
  public @Nullable String before(String name) {
    Key key = keys.get(name);
    return key == null || !key.isYounger()
        ? null
        : String.valueOf(Key.plain(key.parse(key.before(), "old runs")));
  }

  /**
   * The record of a configuration.
   *
   * @param texts by key; keys that are younger than the configuration may be missing
   * @param where it was written, for messages
   * @param note is told which were
   * @throws UsageException if a key is unknown or missing, or a value is wrong
   */
  public R read(Map<String, String> texts, String where, Consumer<String> note) {
    texts.keySet().forEach(name -> key(name, where));
    Map<String, Object> values = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    keys.forEach(
        (name, key) -> {
          if (texts.containsKey(name)) {
            values.put(name, key.parse(texts.get(name), where));
          } else if (key.isYounger()) {
            values.put(name, key.parse(key.before(), where));
            missing.add(name + "=" + Key.plain(values.get(name)));
          } else {
            throw new UsageException(
                "Configuration key %s is missing in %s: a preset names every key"
                    .formatted(name, where));
          }
        });
    if (!missing.isEmpty()) {
      note.accept(
          "%s is older than some keys, going on with %s"
              .formatted(where, String.join(", ", missing)));
    }
    try {
      return type.cast(bind(type, values));
    } catch (UsageException e) {
      throw new UsageException("Configuration in %s: %s".formatted(where, e.getMessage()));
    }
  }

  private static Object bind(Class<?> record, Map<String, Object> values) {
    RecordComponent[] components = record.getRecordComponents();
    Class<?>[] types = Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Object[] arguments = new Object[types.length];
    for (int i = 0; i < arguments.length; i++) {
      Setting setting = components[i].getAnnotation(Setting.class);
      if (setting != null) {
        arguments[i] = values.get(name(record, components[i], setting));
      } else if (isSettings(components[i])) {
        arguments[i] = bind(types[i], values);
      } else {
        arguments[i] = Array.get(Array.newInstance(types[i], 1), 0);
      }
    }
    try {
      return record.getDeclaredConstructor(types).newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      throw new IllegalStateException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(record + " has to be public, with its constructor", e);
    }
  }

  /** All values of a record by key: numbers, true or false, texts, and null for no file. */
  public Map<String, Object> values(R record) {
    Map<String, Object> values = new LinkedHashMap<>();
    collect(record, values);
    return values;
  }

  private static void collect(Record record, Map<String, Object> values) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Setting setting = component.getAnnotation(Setting.class);
      Object value = value(record, component);
      if (setting != null) {
        values.put(name(record.getClass(), component, setting), Key.plain(value));
      } else if (value instanceof Record inner && isSettings(component)) {
        collect(inner, values);
      }
    }
  }

  private static Object value(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All values of a record as text, by key. */
  public Map<String, String> texts(R record) {
    Map<String, String> texts = new LinkedHashMap<>();
    values(record).forEach((name, value) -> texts.put(name, String.valueOf(value)));
    return texts;
  }

  /**
   * A record that wasn't read, if its values are within their ranges.
   *
   * @param where it comes from, for messages
   * @throws UsageException if they aren't
   */
  public R checked(R record, String where) {
    texts(record).forEach((name, text) -> key(name, where).parse(text, where));
    return record;
  }

  /** The keys under a section whose values differ, sorted. */
  public List<String> differences(R one, R other, String section) {
    Map<String, Object> others = values(other);
    return values(one).entrySet().stream()
        .filter(entry -> isUnder(entry.getKey(), section))
        .filter(entry -> !Objects.equals(entry.getValue(), others.get(entry.getKey())))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** Whether a key is the section itself or below it. */
  public static boolean isUnder(String key, String section) {
    return key.equals(section) || key.startsWith(section + ".");
  }
}
