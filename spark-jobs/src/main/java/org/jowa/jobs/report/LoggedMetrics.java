package org.jowa.jobs.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jowa.jobs.html.LineChart;
import org.jowa.jobs.html.LineChart.Point;

/**
 * The content of {@code metrics.jsonl}. A line that is no whole JSON object, as a killed run may
 * leave one, is left out and counted; of two lines for the same step the later one counts.
 */
final class LoggedMetrics {
  /** The tokenizer's stage; every other is one of the world-action model. */
  static final String TOKENIZER = "tokenizer";

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /** One logged step. */
  private record Row(String stage, long step, JsonNode values) {}

  private final List<Row> rows;
  private final List<Integer> unreadable;

  private LoggedMetrics(List<Row> rows, List<Integer> unreadable) {
    this.rows = rows;
    this.unreadable = unreadable;
  }

  static LoggedMetrics parse(byte[] jsonLines) {
    Map<String, Row> byStep = new LinkedHashMap<>();
    List<Integer> unreadable = new ArrayList<>();
    int number = 0;
    for (String line : new String(jsonLines, StandardCharsets.UTF_8).split("\n", -1)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      Optional<Row> row = row(line);
      if (row.isEmpty()) {
        unreadable.add(number);
      } else {
        String key = row.get().stage() + " " + row.get().step();
        byStep.remove(key);
        byStep.put(key, row.get());
      }
    }
    return new LoggedMetrics(List.copyOf(byStep.values()), unreadable);
  }

  /** Nothing of a line that is none of ours. */
  private static Optional<Row> row(String line) {
    try {
      JsonNode values = JSON.readTree(line);
      JsonNode stage = values.path("stage");
      JsonNode step = values.path("step");
      return stage.isTextual() && step.isIntegralNumber()
          ? Optional.of(new Row(stage.textValue(), step.longValue(), values))
          : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** Numbers of the lines that were left out, from 1. */
  List<Integer> unreadableLines() {
    return unreadable;
  }

  boolean hasTokenizer() {
    return rows.stream().anyMatch(row -> row.stage().equals(TOKENIZER));
  }

  /** True if the tokenizer learned in a stage of its own or with the world-action model. */
  boolean tokenizerLearned() {
    return hasTokenizer() || hasTokenizerAlong();
  }

  /** True if the tokenizer learned in stages of the world-action model. */
  boolean hasTokenizerAlong() {
    return rows.stream().anyMatch(row -> row.values().has("tokenizerReconstruction"));
  }

  /**
   * What was said of a dictionary of patches, once, when it was made; nothing of other tokenizers.
   */
  Optional<JsonNode> dictionary() {
    return rows.stream()
        .filter(row -> row.stage().equals(TOKENIZER))
        .map(Row::values)
        .filter(values -> values.at("/heldOut/smallObjectRecall").isNumber())
        .findFirst();
  }

  boolean hasWorld() {
    return rows.stream().anyMatch(row -> !row.stage().equals(TOKENIZER));
  }

  /** The last logged step of the stage. */
  OptionalLong lastStep(String stage) {
    return rows.stream().filter(row -> row.stage().equals(stage)).mapToLong(Row::step).max();
  }

  /** The stages of the world-action model in the order of training, with their first steps. */
  Map<String, Long> worldStages() {
    Map<String, Long> first = new LinkedHashMap<>();
    for (Row row : rows) {
      if (!row.stage().equals(TOKENIZER)) {
        first.putIfAbsent(row.stage(), row.step());
      }
    }
    return first;
  }

  /**
   * The finite values of one quantity.
   *
   * @param pointer JSON pointer within a line, {@code /heldOut/observation} for instance
   */
  LineChart.Line line(String name, boolean tokenizer, String pointer) {
    List<Point> points = new ArrayList<>();
    for (Row row : rows) {
      JsonNode value = row.values().at(pointer);
      if (row.stage().equals(TOKENIZER) == tokenizer
          && value.isNumber()
          && Double.isFinite(value.doubleValue())) {
        points.add(new Point(row.step(), value.doubleValue()));
      }
    }
    return new LineChart.Line(name, points);
  }

  /** The games that world losses were logged for. */
  Set<String> games() {
    Set<String> games = new TreeSet<>();
    for (Row row : rows) {
      if (!row.stage().equals(TOKENIZER)) {
        row.values().path("games").fieldNames().forEachRemaining(games::add);
      }
    }
    return games;
  }
}
