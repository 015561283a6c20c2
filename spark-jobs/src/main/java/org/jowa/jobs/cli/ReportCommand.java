package org.jowa.jobs.cli;

import java.util.Optional;
import org.jowa.jobs.launch.SparkJobs;
import org.jowa.jobs.report.ReportJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "report",
    description = "Write RUN/report.html, report.json and report.md from what is in a run folder.")
final class ReportCommand extends JobCommand {
  @Parameters(paramLabel = "RUN", description = "Run folder.")
  private String run;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "Data set that the run was trained on (default: the one that the run names).")
  private Optional<String> data;

  @Override
  int run() {
    try (SparkJobs jobs = SparkJobs.start("report", 1)) {
      System.out.println(ReportJob.write(run, data, SparkJobs.hadoop()));
      System.out.println("report: " + run + "/report.html");
    }
    return CommandLines.OK;
  }
}
