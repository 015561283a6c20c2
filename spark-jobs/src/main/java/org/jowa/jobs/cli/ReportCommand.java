package org.jowa.jobs.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jowa.error.UsageException;
import org.jowa.jobs.report.ComparisonJob;
import org.jowa.jobs.report.ReportJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "report",
    description = {
      "Write RUN/report.html, report.json and report.md from what is in a run folder; or, of"
          + " several runs, a comparison of their evaluations in the folder --out, with all raw"
          + " scores.",
      "A run of a comparison may have a label before it, 40m=runs/a for instance: runs of one label"
          + " are trainings from several seeds, and are taken together."
    })
final class ReportCommand extends JobCommand {
  @Parameters(
      paramLabel = "RUN",
      arity = "1..*",
      description = "Run folder; of several, each with a label if wanted.")
  private List<String> runs = new ArrayList<>();

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "Data set that the run was trained on (default: the one that the run names).")
  private Optional<String> data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of a comparison's report, needed for several runs.")
  private Optional<String> out;

  @Option(
      names = "--evaluation",
      paramLabel = "NAME",
      description =
          "Evaluation to compare (default: of each run that of its newest weights with a planner).")
  private Optional<String> evaluation;

  @Override
  void check() {
    if (runs.size() > 1 && out.isEmpty()) {
      throw new UsageException(
          "A report of several runs needs a folder of its own: give one with --out");
    }
    if (runs.size() > 1 && data.isPresent()) {
      throw new UsageException("--data is for the report of one run: leave it out");
    }
    if (runs.size() == 1 && (out.isPresent() || evaluation.isPresent())) {
      throw new UsageException(
          "--out and --evaluation are for a comparison: name the other runs, or leave them out");
    }
  }

  @Override
  int run() throws Exception {
    boolean one = runs.size() == 1;
    String headline =
        inSpark(
            one
                ? new ReportJob(runs.get(0), data)
                : new ComparisonJob(runs, evaluation, out.orElseThrow()));
    System.out.println(headline);
    System.out.println("report: " + (one ? runs.get(0) : out.orElseThrow()) + "/report.html");
    return CommandLines.OK;
  }
}
