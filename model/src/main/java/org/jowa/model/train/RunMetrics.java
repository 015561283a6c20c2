package org.jowa.model.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/** What a training logs of its steps. Written by rank 0 only. */
final class RunMetrics implements AutoCloseable {
  private final MetricsLog log;
  private final TensorBoardLog events;

  private RunMetrics(MetricsLog log, TensorBoardLog events) {
    this.log = log;
    this.events = events;
  }

  /**
   * What is logged of a step; parts that it has none of are empty.
   *
   * @param step steps done
   * @param losses and other figures of the step by name
   * @param games losses of each game
   * @param gradientNorm left out when there are no losses
   * @param rates by name
   * @param heldOut losses by name
   */
  record Figures(
      String stage,
      long step,
      Map<String, Double> losses,
      Map<String, Map<String, Double>> games,
      double gradientNorm,
      Map<String, Double> rates,
      Map<String, Double> heldOut) {

    /** Before the first step there is nothing but held-out losses. */
    static Figures atStart(String stage, Map<String, Double> heldOut) {
      return new Figures(stage, 0, Map.of(), Map.of(), Double.NaN, Map.of(), heldOut);
    }

    ObjectNode toJson() {
      ObjectNode line = MetricsLog.JSON.createObjectNode();
      line.put("stage", stage).put("step", step);
      losses.forEach(line::put);
      if (!losses.isEmpty()) {
        line.put("gradientNorm", gradientNorm);
      }
      rates.forEach(line::put);
      if (!heldOut.isEmpty()) {
        ObjectNode node = line.putObject("heldOut");
        heldOut.forEach(node::put);
      }
      if (!games.isEmpty()) {
        ObjectNode node = line.putObject("games");
        games.forEach((game, values) -> values.forEach(node.putObject(game)::put));
      }
      return line;
    }

    /** The same numbers by TensorBoard's tags: what stands before the slash makes a group. */
    Map<String, Double> toScalars() {
      Map<String, Double> scalars = new LinkedHashMap<>();
      losses.forEach((name, value) -> scalars.put("training/" + name, value));
      if (!losses.isEmpty()) {
        scalars.put("training/gradientNorm", gradientNorm);
      }
      rates.forEach((name, value) -> scalars.put("training/" + name, value));
      heldOut.forEach((name, value) -> scalars.put("heldOut/" + name, value));
      games.forEach(
          (game, values) ->
              values.forEach((name, value) -> scalars.put("games/" + game + "/" + name, value)));
      return scalars;
    }
  }

  /** Opens them to go on after a step, as {@link MetricsLog#open}. */
  static RunMetrics open(Run run, Configuration hadoop, long step) {
    MetricsLog log = MetricsLog.open(run.metrics(), hadoop, run.stages(), step);
    return new RunMetrics(log, TensorBoardLog.open(run.events(), hadoop, step));
  }

  void add(Figures figures) {
    log.add(figures.toJson());
    events.add(figures.step(), figures.toScalars());
  }

  /** As {@link MetricsLog#saving}. */
  Runnable saving() {
    Runnable lines = log.saving();
    Runnable scalars = events.saving();
    return () -> {
      lines.run();
      scalars.run();
    };
  }

  @Override
  public void close() {
    try (log) {
      events.close();
    }
  }
}
