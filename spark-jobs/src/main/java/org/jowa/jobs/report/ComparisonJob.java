package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.report.ComparedRuns.Compared;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;

/**
 * A comparison of several runs: {@code report.html}, {@code report.md}, {@code report.json} and
 * {@code scores.csv}.
 *
 * @param runs addresses of run folders, each after a label and {@code =} if it has one
 * @param evaluation its name in all runs; empty for each run's own most telling one
 * @param out folder to write to
 */
public record ComparisonJob(List<String> runs, Optional<String> evaluation, String out)
    implements Job<String> {
  /**
   * An evaluation that is compared with others.
   *
   * @param label what it stands for: runs of one label differ in their training seed and are taken
   *     together
   * @param run address of the run folder
   * @param evaluation its name; empty for the run's most telling one
   */
  public record Reported(String label, String run, Optional<String> evaluation) {
    /** Of the command line: a run folder, after a label and {@code =} if it has one. */
    static Reported parse(String argument, Optional<String> evaluation, Configuration hadoop) {
      int at = Storage.at(argument, hadoop).exists(".") ? -1 : argument.indexOf('=');
      String folder = argument.substring(at + 1);
      return new Reported(at > 0 ? argument.substring(0, at) : folder, folder, evaluation);
    }
  }

  /**
   * Writes the comparison.
   *
   * @return the headline, one sentence a line
   * @throws InvalidInputException if a run has no such evaluation, or they don't compare
   */
  @Override
  public String run(SparkJobs jobs) {
    return write(SparkJobs.hadoop());
  }

  String write(Configuration hadoop) {
    return compare(
        runs.stream().map(run -> Reported.parse(run, evaluation, hadoop)).toList(), out, hadoop);
  }

  /** The same of evaluations that are known by name. */
  public static String compare(List<Reported> runs, String out, Configuration hadoop) {
    Map<String, List<Compared>> byLabel = new LinkedHashMap<>();
    Set<List<String>> seen = new HashSet<>();
    for (Reported run : runs) {
      EvaluationSummary summary =
          RunContents.summary(Storage.at(run.run(), hadoop), run.evaluation());
      String folder = Storage.at(run.run(), hadoop).uri().toString();
      // Twice the same would count as two trainings.
      if (!seen.add(List.of(run.label(), folder, summary.name()))) {
        throw new InvalidInputException(
            "Evaluation %s of %s is given twice%s: the runs of a label are different trainings"
                .formatted(
                    summary.name(),
                    run.run(),
                    run.label().equals(run.run()) ? "" : " with label " + run.label()));
      }
      byLabel
          .computeIfAbsent(run.label(), unseen -> new ArrayList<>())
          .add(new Compared(run.run(), summary));
    }
    List<ComparedRuns> groups =
        byLabel.entrySet().stream()
            .map(group -> new ComparedRuns(group.getKey(), group.getValue()))
            .toList();
    return ComparisonReport.write(Comparison.of(groups), Storage.at(out, hadoop));
  }
}
