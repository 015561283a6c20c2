package org.jowa.jobs.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jowa.error.Suggestion;
import org.jowa.error.UsageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A resolved configuration: a checked value for every key.
 *
 * <p>Precedence, lowest first: the preset ({@code --preset}, a name or a file), then each {@code
 * --set key=value} in the order given. There are no other defaults: a preset names every key.
 */
public final class Config implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Presets that travel with the program; {@code --preset} also takes a file. */
  public static final List<String> PRESETS = List.of("tiny", "40m", "70m", "150m", "finetune");

  /** The part of a run's {@code config.yaml} that describes the run and configures nothing. */
  static final String RUN_SECTION = "run";

  private static final Logger LOG = LoggerFactory.getLogger(Config.class);
  private static final Set<String> NOTED = ConcurrentHashMap.newKeySet();

  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .build());

  private final LinkedHashMap<String, Object> values;

  private Config(Map<String, Object> values) {
    this.values = new LinkedHashMap<>(values);
  }

  /**
   * @param preset one of {@link #PRESETS}, or the path of a file that names every key
   * @throws UsageException if there is no such preset or it has a wrong key or value
   */
  public static Config preset(String preset) {
    if (preset.endsWith(".yaml") || preset.contains("/")) {
      try {
        return parse(Files.readString(Path.of(preset)), preset);
      } catch (IOException e) {
        throw new UsageException("Cannot read preset file " + preset + ": is the path right?");
      }
    }
    if (!PRESETS.contains(preset)) {
      throw new UsageException(
          "Unknown preset '%s': there are %s, and files that end in .yaml%s"
              .formatted(
                  preset, String.join(", ", PRESETS), Suggestion.didYouMean(preset, PRESETS)));
    }
    try (InputStream in = Config.class.getResourceAsStream("/conf/" + preset + ".yaml")) {
      return parse(
          new String(in.readAllBytes(), StandardCharsets.UTF_8), "conf/" + preset + ".yaml");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a configuration, which may be older than some keys: those then have the values that the
   * programs had in their place, and a line in the log says so.
   *
   * @param yaml a whole configuration, the {@code config.yaml} of a run for instance
   * @param where its name, for messages
   * @throws UsageException if a key is unknown or missing, or a value is wrong
   */
  public static Config parse(String yaml, String where) {
    return parse(yaml, where, Config::noteOnce);
  }

  static Config parse(String yaml, String where, Consumer<String> note) {
    Map<String, String> written = new LinkedHashMap<>();
    flatten("", section(yaml, where), written);
    Map<String, Object> values = new LinkedHashMap<>();
    written.forEach(
        (name, text) -> values.put(name, ConfigSchema.key(name, where).parse(text, where)));
    List<String> missing = new ArrayList<>();
    for (ConfigKey key : ConfigSchema.keys()) {
      if (ConfigSchema.isYounger(key) && !values.containsKey(key.name())) {
        values.put(key.name(), ConfigSchema.valueBefore(key));
        missing.add(key.name() + "=" + values.get(key.name()));
      }
    }
    if (!missing.isEmpty()) {
      note.accept(
          "%s is older than some keys, going on with %s"
              .formatted(where, String.join(", ", missing)));
    }
    return checked(values, where);
  }

  /** A job reads its run's configuration in several places. */
  private static void noteOnce(String line) {
    if (NOTED.add(line)) {
      LOG.info(line);
    }
  }

  /** A fact about a run that {@link #toYaml} wrote, as text; a part of one after a slash. */
  public static Optional<String> fact(String yaml, String name) {
    try {
      return Optional.ofNullable(
          YAML.readTree(yaml).at("/" + RUN_SECTION + "/" + name).textValue());
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  private static Map<?, ?> section(String yaml, String where) {
    try {
      Map<?, ?> section = YAML.readValue(yaml, Map.class);
      section.remove(RUN_SECTION);
      return section;
    } catch (JsonProcessingException e) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "%s is not YAML: line %d: %s",
              where,
              e.getLocation().getLineNr(),
              firstLine(e.getOriginalMessage())));
    }
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }

  private static void flatten(String prefix, Map<?, ?> section, Map<String, String> into) {
    section.forEach(
        (key, value) -> {
          if (value instanceof Map<?, ?> inner) {
            flatten(prefix + key + ".", inner, into);
          } else {
            into.put(prefix + key, value == null ? null : value.toString());
          }
        });
  }

  private static Config checked(Map<String, Object> given, String where) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (ConfigKey key : ConfigSchema.keys()) {
      if (!given.containsKey(key.name())) {
        throw new UsageException(
            "Configuration key %s is missing in %s: a preset names every key"
                .formatted(key.name(), where));
      }
      values.put(key.name(), given.get(key.name()));
    }
    Config config = new Config(values);
    config.checkTogether(where);
    return config;
  }

  private void checkTogether(String where) {
    require(
        integer("world.width") % integer("world.heads") == 0,
        "world.width must be a multiple of world.heads",
        where,
        "world.width",
        "world.heads");
    require(
        decimal("world.value-min") < decimal("world.value-max"),
        "world.value-min must be below world.value-max",
        where,
        "world.value-min",
        "world.value-max");
    require(
        decimal("world.support") == 0 || integer("world.behaviour.steps") > 0,
        "world.support needs world.behaviour.steps above 0: without a behaviour network nothing"
            + " says what the data supports",
        where,
        "world.support",
        "world.behaviour.steps");
    require(
        integer("tokenizer.channels") % 2 == 0,
        "tokenizer.channels must be even (group normalisation has two groups)",
        where,
        "tokenizer.channels");
  }

  private void require(boolean holds, String rule, String where, String... keys) {
    if (!holds) {
      List<String> found = new ArrayList<>();
      for (String key : keys) {
        found.add(key + "=" + values.get(key));
      }
      throw new UsageException(
          "Configuration in %s: %s, found %s".formatted(where, rule, String.join(", ", found)));
    }
  }

  /**
   * This configuration with settings of the command line.
   *
   * @param settings each {@code key=value}; a later one wins
   * @throws UsageException if one is not of this form, or its key or value is wrong
   */
  public Config with(List<String> settings) {
    Map<String, String> split = new LinkedHashMap<>();
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      if (equals <= 0) {
        throw new UsageException("Option --set takes key=value, found '" + setting + "'");
      }
      split.put(setting.substring(0, equals), setting.substring(equals + 1));
    }
    return with(split, "--set");
  }

  /**
   * This configuration with some keys set otherwise.
   *
   * @param settings values as text, by key
   * @param where they stand, for messages
   * @throws UsageException if a key or value is wrong
   */
  public Config with(Map<String, String> settings, String where) {
    Map<String, Object> changed = new LinkedHashMap<>(values);
    settings.forEach(
        (name, text) -> changed.put(name, ConfigSchema.key(name, where).parse(text, where)));
    return checked(changed, where);
  }

  /** This configuration with one section, or one key, of another. */
  public Config withSectionOf(Config other, String section) {
    Map<String, Object> merged = new LinkedHashMap<>(values);
    other.values.forEach(
        (key, value) -> {
          if (key.equals(section) || key.startsWith(section + ".")) {
            merged.put(key, value);
          }
        });
    return new Config(merged);
  }

  /** A whole number that fits 32 bits; all but step counts do, and those in practice. */
  public int integer(String key) {
    return Math.toIntExact((Long) value(key));
  }

  /** A number. */
  public double decimal(String key) {
    return (Double) value(key);
  }

  /** True or false. */
  public boolean flag(String key) {
    return (Boolean) value(key);
  }

  /** A word. */
  public String text(String key) {
    return (String) value(key);
  }

  /** A file, if one is named. */
  public Optional<String> file(String key) {
    return Optional.ofNullable((String) value(key));
  }

  private Object value(String key) {
    if (!values.containsKey(key)) {
      throw new IllegalArgumentException("No configuration key " + key);
    }
    return values.get(key);
  }

  /**
   * The keys under a section whose values differ from another configuration's, sorted.
   *
   * @param section a key or the front of keys, without the dot
   */
  public List<String> differences(Config other, String section) {
    TreeSet<String> keys = new TreeSet<>();
    values.forEach(
        (key, value) -> {
          boolean inside = key.equals(section) || key.startsWith(section + ".");
          if (inside && !Objects.equals(value, other.values.get(key))) {
            keys.add(key);
          }
        });
    return List.copyOf(keys);
  }

  /** All keys with their values as text. */
  public Map<String, String> values() {
    Map<String, String> all = new LinkedHashMap<>();
    values.forEach((key, value) -> all.put(key, String.valueOf(value)));
    return all;
  }

  /** The value of a key as text, for messages. */
  public String show(String key) {
    return String.valueOf(value(key));
  }

  /**
   * The configuration as YAML, sections nested.
   *
   * @param run facts about the run (versions, data set) for the section {@code run}
   */
  public String toYaml(Map<String, Object> run) {
    Map<String, Object> root = new LinkedHashMap<>();
    values.forEach((key, value) -> put(root, key, value));
    if (!run.isEmpty()) {
      root.put(RUN_SECTION, run);
    }
    try {
      return YAML.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static void put(Map<String, Object> root, String key, Object value) {
    String[] words = key.split("\\.");
    Map<String, Object> section = root;
    for (int i = 0; i < words.length - 1; i++) {
      section =
          (Map<String, Object>)
              section.computeIfAbsent(words[i], unused -> new LinkedHashMap<String, Object>());
    }
    section.put(words[words.length - 1], value);
  }
}
