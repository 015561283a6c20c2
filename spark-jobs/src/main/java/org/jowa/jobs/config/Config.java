package org.jowa.jobs.config;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
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
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jowa.error.Suggestion;
import org.jowa.error.UsageException;
import org.jowa.model.settings.Key;
import org.jowa.model.settings.Schema;
import org.jowa.model.settings.Settings;
import org.jspecify.annotations.Nullable;
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
  public static final List<String> PRESETS =
      List.of("tiny", "evidence", "40m", "70m", "150m", "finetune");

  /** The part of a run's {@code config.yaml} that describes the run and configures nothing. */
  static final String RUN_SECTION = "run";

  private static final Schema<Settings> SCHEMA = Settings.SCHEMA;

  private static final Logger LOG = LoggerFactory.getLogger(Config.class);
  private static final Set<String> NOTED = ConcurrentHashMap.newKeySet();

  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder()
              .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
              .build());

  private final LinkedHashMap<String, String> texts;
  private transient Settings settings;

  private Config(Settings settings) {
    this.texts = new LinkedHashMap<>(SCHEMA.texts(settings));
    this.settings = settings;
  }

  /** The values as the records of the model module. */
  public Settings settings() {
    if (settings == null) {
      settings = SCHEMA.read(texts, "a configuration", line -> {});
    }
    return settings;
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
    return new Config(SCHEMA.read(written, where, note));
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
      throw YamlFault.of(where, e);
    }
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
    Map<String, String> changed = new LinkedHashMap<>(texts);
    settings.forEach((name, text) -> changed.put(SCHEMA.key(name, where).name(), text));
    return new Config(SCHEMA.read(changed, where, line -> {}));
  }

  /** The values of a section, or of one key, as text by key. */
  public Map<String, String> section(String name) {
    Map<String, String> section = new LinkedHashMap<>(texts);
    section.keySet().removeIf(key -> !Schema.isUnder(key, name));
    return section;
  }

  /**
   * The keys under a section whose values differ from another configuration's, sorted.
   *
   * @param section a key or the front of keys, without the dot
   */
  public List<String> differences(Config other, String section) {
    return SCHEMA.differences(settings(), other.settings(), section);
  }

  /** All keys with their values as text. */
  public Map<String, String> values() {
    return Collections.unmodifiableMap(texts);
  }

  /** A whole number whose key is chosen when the program runs. */
  public int integer(String key) {
    return Integer.parseInt(show(key));
  }

  /** The value of a key as text, for messages. */
  public String show(String key) {
    return requireNonNull(texts.get(SCHEMA.key(key, "the program").name()), key);
  }

  /**
   * The configuration as YAML, sections nested, with what each key means beside it.
   *
   * @param run facts about the run (versions, data set) for the section {@code run}
   */
  public String toYaml(Map<String, Object> run) {
    Map<String, Object> root = new LinkedHashMap<>();
    SCHEMA.keys().forEach(key -> put(root, key.name(), key));
    StringBuilder yaml = new StringBuilder();
    print(root, SCHEMA.values(settings()), "", yaml);
    return yaml + (run.isEmpty() ? "" : written(Map.of(RUN_SECTION, run)));
  }

  private static void print(
      Map<?, ?> section, Map<String, Object> values, String indent, StringBuilder yaml) {
    section.forEach(
        (name, entry) -> {
          if (entry instanceof Key key) {
            String line = indent + name + ": " + written(values.get(key.name())).strip();
            yaml.append(String.format(Locale.ROOT, "%-36s # %s\n", line, key.about()));
          } else {
            yaml.append(indent).append(name).append(":\n");
            print((Map<?, ?>) entry, values, indent + "  ", yaml);
          }
        });
  }

  private static String written(@Nullable Object value) {
    try {
      return YAML.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static void put(Map<String, Object> root, String name, Object value) {
    String[] words = name.split("\\.");
    Map<String, Object> section = root;
    for (int i = 0; i < words.length - 1; i++) {
      section =
          (Map<String, Object>)
              section.computeIfAbsent(words[i], unused -> new LinkedHashMap<String, Object>());
    }
    section.put(words[words.length - 1], value);
  }
}
