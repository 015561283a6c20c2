package org.jowa.jobs.sweep;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.evaluate.EvaluationPlan;

/**
 * One training of a sweep.
 *
 * @param folder of the run
 * @param config resolved, its seed included
 * @param data URI of the data set
 * @param initFrom URI of the run whose weights it is fine-tuned from; empty to train from random
 *     ones
 * @param ownTokenizer whether it trains a tokenizer of its own instead of using the sweep's
 * @param evaluations of it, by the variant that each stands for in the report
 */
public record SweepRun(
    String folder,
    Config config,
    String data,
    Optional<String> initFrom,
    boolean ownTokenizer,
    Map<String, EvaluationPlan> evaluations) {

  /** All that several trainings of a sweep are about, in its order. */
  static List<String> variants(List<SweepRun> runs) {
    return runs.stream().flatMap(run -> run.evaluations().keySet().stream()).distinct().toList();
  }
}
