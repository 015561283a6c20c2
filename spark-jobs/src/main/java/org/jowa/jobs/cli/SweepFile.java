package org.jowa.jobs.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jowa.error.Suggestion;
import org.jowa.error.UsageException;

/**
 * What is to be trained, as a file says it; docs/sweep.md describes the file for users. Values are
 * text still, which {@link SweepPlan} gives a meaning.
 *
 * @param preset that all runs start from, a name or a file
 * @param initFrom run folder whose weights all runs are fine-tuned from that name none themselves
 * @param settings of all runs, by configuration key
 * @param seeds of training
 * @param variants by name: what is compared
 * @param evaluate how all runs play, by option
 */
record SweepFile(
    String preset,
    Optional<String> initFrom,
    Map<String, String> settings,
    List<Integer> seeds,
    Map<String, Variant> variants,
    Map<String, String> evaluate) {
  private static final Set<String> PARTS =
      Set.of("preset", "init-from", "set", "seeds", "variants", "grid", "evaluate");
  private static final Set<String> PARTS_OF_VARIANT =
      Set.of("of", "data", "init-from", "set", "evaluate");

  /** More are a mistake, or weeks. */
  private static final int MOST_VARIANTS = 200;

  /**
   * One of the things that are compared.
   *
   * @param of the variant whose runs it evaluates in another way, instead of runs of its own
   * @param data URI of its data set, where it isn't the sweep's
   * @param initFrom run folder whose weights its runs are fine-tuned from
   * @param settings of its runs beside those of all
   * @param evaluate options of its planner beside those of all
   */
  record Variant(
      Optional<String> of,
      Optional<String> data,
      Optional<String> initFrom,
      Map<String, String> settings,
      Map<String, String> evaluate) {

    private static Variant of(Map<String, String> settings) {
      return new Variant(Optional.empty(), Optional.empty(), Optional.empty(), settings, Map.of());
    }
  }

  /**
   * Reads a file.
   *
   * @throws UsageException if it is none, or has what such files don't
   */
  static SweepFile read(Path file) {
    return new Reader(file.toString()).sweep(YamlFile.read(file, "the sweep"));
  }

  /**
   * Reads a file's parts.
   *
   * @param where the file's name, for messages
   */
  private record Reader(String where) {
    SweepFile sweep(JsonNode root) {
      requireParts(root, where, PARTS);
      if (!root.path("preset").isTextual()) {
        throw new UsageException(where + " has no preset: write preset: tiny for instance");
      }
      if (root.has("variants") == root.has("grid")) {
        throw new UsageException(
            "%s has %s: a sweep has one of variants and grid"
                .formatted(where, root.has("grid") ? "variants and grid" : "neither"));
      }
      return new SweepFile(
          root.path("preset").asText(),
          word(root, "init-from", where),
          settings(root.path("set"), where + ", set"),
          seeds(root.path("seeds")),
          root.has("grid") ? grid(root.path("grid")) : variants(root.path("variants")),
          settings(root.path("evaluate"), where + ", evaluate"));
    }

    private List<Integer> seeds(JsonNode list) {
      List<Integer> seeds = new ArrayList<>();
      for (JsonNode seed : list) {
        if (!seed.isInt() || seed.asInt() < 0 || seeds.contains(seed.asInt())) {
          throw new UsageException(
              "%s has seeds %s: they are different whole numbers from 0".formatted(where, list));
        }
        seeds.add(seed.asInt());
      }
      if (seeds.isEmpty()) {
        throw new UsageException(
            "%s has %s: write seeds: [0, 1, 2] for instance"
                .formatted(where, list.isValueNode() ? "seeds " + list.asText() : "no seeds"));
      }
      return seeds;
    }

    private Map<String, Variant> variants(JsonNode section) {
      requireObject(section, where + ", variants");
      Map<String, Variant> variants = new LinkedHashMap<>();
      section
          .properties()
          .forEach(part -> variants.put(part.getKey(), variant(part.getKey(), part.getValue())));
      return variants;
    }

    private Variant variant(String name, JsonNode section) {
      String at = where + ", variant " + name;
      PlayOptions.checkName("Name of a variant in " + where, name);
      // One that changes nothing has nothing in it.
      if (!section.isEmpty() || !section.asText("").isBlank()) {
        requireParts(section, at, PARTS_OF_VARIANT);
      }
      return new Variant(
          word(section, "of", at),
          word(section, "data", at),
          word(section, "init-from", at),
          settings(section.path("set"), at + ", set"),
          settings(section.path("evaluate"), at + ", evaluate"));
    }

    /** All combinations; names are of the last words of keys. */
    private Map<String, Variant> grid(JsonNode section) {
      requireObject(section, where + ", grid");
      Map<String, Map<String, String>> combinations = new LinkedHashMap<>();
      combinations.put("", Map.of());
      for (Map.Entry<String, JsonNode> axis : section.properties()) {
        if (!axis.getValue().isArray() || axis.getValue().isEmpty()) {
          throw new UsageException(
              "%s, grid has %s for %s: write %s: [1, 2] for instance"
                  .formatted(where, axis.getValue(), axis.getKey(), axis.getKey()));
        }
        Map<String, Map<String, String>> longer = new LinkedHashMap<>();
        combinations.forEach(
            (name, settings) -> {
              for (JsonNode value : axis.getValue()) {
                Map<String, String> more = new LinkedHashMap<>(settings);
                more.put(axis.getKey(), value.asText());
                String word = axis.getKey().replaceFirst(".*\\.", "") + "-" + value.asText();
                String joined = name.isEmpty() ? word : name + "_" + word;
                if (longer.put(joined, more) != null) {
                  throw new UsageException(
                      "%s, grid makes two variants named %s".formatted(where, joined));
                }
              }
            });
        combinations.clear();
        combinations.putAll(longer);
        if (combinations.size() > MOST_VARIANTS) {
          throw new UsageException(
              String.format(
                  Locale.ROOT,
                  "%s, grid makes more than %d variants: try fewer values",
                  where,
                  MOST_VARIANTS));
        }
      }
      Map<String, Variant> variants = new LinkedHashMap<>();
      combinations.forEach(
          (name, settings) -> {
            PlayOptions.checkName("Name of a variant of the grid in " + where, name);
            variants.put(name, Variant.of(settings));
          });
      return variants;
    }

    private static Optional<String> word(JsonNode section, String part, String at) {
      JsonNode value = section.path(part);
      if (value.isContainerNode()) {
        throw new UsageException("%s has %s %s: it takes one name".formatted(at, part, value));
      }
      return value.isMissingNode() || value.isNull()
          ? Optional.empty()
          : Optional.of(value.asText());
    }

    /** Nested sections or keys with dots, as in a preset. */
    private Map<String, String> settings(JsonNode section, String at) {
      Map<String, String> settings = new LinkedHashMap<>();
      if (!section.isMissingNode()) {
        requireObject(section, at);
        flatten("", section, at, settings);
      }
      return settings;
    }

    private void flatten(String prefix, JsonNode section, String at, Map<String, String> into) {
      for (Map.Entry<String, JsonNode> part : section.properties()) {
        String key = prefix + part.getKey();
        JsonNode value = part.getValue();
        if (value.isObject()) {
          flatten(key + ".", value, at, into);
        } else {
          List<String> words = new ArrayList<>();
          (value.isArray() ? value : List.of(value)).forEach(word -> words.add(word.asText()));
          if (into.put(key, String.join(",", words)) != null) {
            throw new UsageException("%s has %s twice".formatted(at, key));
          }
        }
      }
    }

    private static void requireObject(JsonNode section, String at) {
      if (!section.isObject() || section.isEmpty()) {
        throw new UsageException(
            "%s has nothing in it, or no names: write NAME: VALUE".formatted(at));
      }
    }

    private static void requireParts(JsonNode section, String at, Set<String> known) {
      requireObject(section, at);
      for (Map.Entry<String, JsonNode> part : section.properties()) {
        if (!known.contains(part.getKey())) {
          throw new UsageException(
              "%s has %s%s: there are %s"
                  .formatted(
                      at,
                      part.getKey(),
                      Suggestion.didYouMean(part.getKey(), known),
                      String.join(", ", new TreeSet<>(known))));
        }
      }
    }
  }
}
