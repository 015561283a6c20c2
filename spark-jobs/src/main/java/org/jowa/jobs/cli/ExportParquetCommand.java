package org.jowa.jobs.cli;

import org.jowa.jobs.parquet.ParquetJob;
import org.jowa.jobs.spark.SparkJobs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "export-parquet",
    description = "Write a data set's frames and steps as Parquet, one file for each shard.")
final class ExportParquetCommand extends JobCommand {
  @Parameters(paramLabel = "DATASET", description = "Data set that bin/jowa ingest made.")
  private String data;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new folder.")
  private String out;

  @Override
  int run() {
    try (SparkJobs jobs = SparkJobs.start("export-parquet", 1)) {
      ParquetJob.export(jobs, data, out);
    }
    return CommandLines.OK;
  }
}
