package org.jowa.jobs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jowa.jobs.inspect.DatasetPage;
import org.jowa.jobs.inspect.InspectJob;
import org.jowa.jobs.inspect.Inspection;
import org.jowa.jobs.spark.SparkJobs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "inspect", description = "Show what is in a data set, and verify it if asked.")
final class InspectCommand extends JobCommand {
  @Parameters(paramLabel = "DATASET", description = "Data set that bin/jowa ingest made.")
  private String data;

  @Option(
      names = "--verify",
      description =
          "Read everything and compare each hash, row, episode border and token; a task a shard.")
  private boolean verify;

  @Option(names = "--json", description = "Print one JSON document and nothing else.")
  private boolean json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description =
          "Also write a page with histograms and frames of each game, which opens offline.")
  private Optional<Path> html;

  @Override
  int run() throws Exception {
    return inSpark(this::inspect);
  }

  private int inspect(SparkJobs jobs) throws IOException {
    Inspection inspection = new InspectJob(data, verify).run(jobs);
    if (html.isPresent()) {
      DatasetPage.write(data, html.get());
    }
    if (json) {
      System.out.println(inspection.toJson());
    } else {
      inspection.print(System.out);
    }
    return CommandLines.OK;
  }
}
