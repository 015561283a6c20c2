package org.jowa.jobs.cli;

import org.jowa.jobs.inspect.InspectJob;
import org.jowa.jobs.inspect.Inspection;
import org.jowa.jobs.launch.SparkJobs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "inspect", description = "Show what is in a data set, and verify it if asked.")
final class InspectCommand extends JobCommand {
  @Parameters(paramLabel = "DATASET", description = "Data set that bin/jowa ingest made.")
  private String data;

  @Option(
      names = "--verify",
      description = "Read everything and compare each hash and row; one task for each game.")
  private boolean verify;

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  private boolean json;

  @Override
  int run() {
    try (SparkJobs jobs = SparkJobs.start("inspect", 1)) {
      Inspection inspection = InspectJob.run(jobs, data, verify);
      if (json) {
        System.out.println(inspection.toJson());
      } else {
        inspection.print(System.out);
      }
    }
    return CommandLines.OK;
  }
}
