package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.report.ComparedRuns.Compared;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.run.MlflowArtifact;
import org.jowa.jobs.run.RunFolder;
import org.jowa.model.checkpoint.Checkpoint;

/**
 * Finds what a run's report needs outside the run folder and writes it. Data set and tokenizer are
 * those that {@code config.yaml} names under {@code run.data} and {@code run.tokenizer}, unless the
 * caller gives others; without them the report says that they are missing.
 */
public final class ReportJob {
  private final RunFolder run;
  private final Configuration hadoop;
  private final Optional<String> data;

  private ReportJob(String uri, Optional<String> data, Configuration hadoop) {
    this.run = RunFolder.at(uri, hadoop);
    this.hadoop = hadoop;
    this.data = data.or(() -> run.fact(RunFolder.DATA));
  }

  /**
   * Writes the report into the run folder.
   *
   * @param run address of the run folder
   * @param data address of its data set; empty to take the one that the run names
   * @return the headline, one sentence a line, for the console
   * @throws InvalidInputException if {@code run} is not a run folder
   */
  public static String write(String run, Optional<String> data, Configuration hadoop) {
    ReportJob job = new ReportJob(run, data, hadoop);
    String headline =
        Report.write(
            job.run.storage(),
            () -> job.dataset().manifest(),
            () -> new TokenizerReconstructions(job.dataset(), job.tokenizer()).reconstructions());
    MlflowArtifact.send(job.run, Report.HTML);
    return headline;
  }

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
   * Writes a comparison of several runs: {@code report.html}, {@code report.md}, {@code
   * report.json} and {@code scores.csv}.
   *
   * @param runs addresses of run folders, each after a label and {@code =} if it has one
   * @param evaluation its name in all runs; empty for each run's own most telling one
   * @param out folder to write to
   * @return the headline, one sentence a line
   * @throws InvalidInputException if a run has no such evaluation, or they don't compare
   */
  public static String compare(
      List<String> runs, Optional<String> evaluation, String out, Configuration hadoop) {
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

  private Dataset dataset() {
    String folder =
        data.orElseThrow(
            () ->
                new InvalidInputException(
                    "the run does not name its data set: give it with --data"));
    Dataset dataset = Dataset.open(folder, hadoop);
    String trainedOn = run.fact(RunFolder.DATA_HASH).orElse(dataset.contentHash());
    if (!trainedOn.equals(dataset.contentHash())) {
      throw new InvalidInputException(
          "%s is not what the run was trained on: its content is %s, the run's %s"
              .formatted(folder, dataset.contentHash(), trainedOn));
    }
    return dataset;
  }

  private Checkpoint tokenizer() {
    return run.findTokenizer()
        .orElseThrow(() -> new InvalidInputException("the run has no tokenizer checkpoint"));
  }
}
