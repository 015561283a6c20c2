package org.jowa.jobs.cli;

import org.jowa.jobs.parquet.ParquetJob;
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
  int run() throws Exception {
    inSpark(ParquetJob.export(data, out));
    return CommandLines.OK;
  }
}
