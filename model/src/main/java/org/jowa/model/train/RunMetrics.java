package org.jowa.model.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/** What a training logs of its steps. Written by rank 0 only. */
final class RunMetrics implements AutoCloseable {
  private final MetricsLog log;

  private RunMetrics(MetricsLog log) {
    this.log = log;
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
  }

  /** Opens them to go on after a step, as {@link MetricsLog#open}. */
  static RunMetrics open(Run run, Configuration hadoop, long step) {
    return new RunMetrics(MetricsLog.open(run.metrics(), hadoop, run.stages(), step));
  }

  void add(Figures figures) {
    log.add(figures.toJson());
  }

  /** As {@link MetricsLog#saving}. */
  Runnable saving() {
    return log.saving();
  }

  @Override
  public void close() {
    log.close();
  }
}
