package org.jowa.jobs.cli;

import org.jowa.jobs.parquet.ParquetJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "import-parquet",
    description = "Make the data set again that export-parquet wrote as Parquet.")
final class ImportParquetCommand extends JobCommand {
  @Parameters(paramLabel = "DIR", description = "Folder that export-parquet wrote.")
  private String source;

  @Option(names = "--out", required = true, paramLabel = "DATASET", description = "A new folder.")
  private String out;

  @Override
  int run() throws Exception {
    inSpark(ParquetJob.restore(source, out));
    return CommandLines.OK;
  }
}
