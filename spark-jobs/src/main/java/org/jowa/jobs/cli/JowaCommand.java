package org.jowa.jobs.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The root of the command line: lists the commands. */
@Command(
    name = "jowa",
    description = "JOWA on Spark: pretrains, evaluates and reports on offline Atari play.%n",
    synopsisHeading = "Usage: ",
    customSynopsis = "bin/jowa COMMAND [options]",
    commandListHeading = "%nCommands (bin/jowa COMMAND --help shows the options of one):%n",
    footer = {
      "",
      "Options of spark-submit (--master, --deploy-mode, --conf, --queue, --driver-memory, ...) may"
          + " stand anywhere on the line. Without --master the command runs on this machine.",
      "Logs go to standard error, answers to standard output. Exit status: 0 done, 2 wrong command"
          + " line or configuration, 3 a gate of diagnose not passed, 1 anything else."
    },
    subcommands = {
      DoctorCommand.class,
      QuickstartCommand.class,
      RecordCommand.class,
      ImportEpisodesCommand.class,
      IngestCommand.class,
      InspectCommand.class,
      ExportParquetCommand.class,
      ImportParquetCommand.class,
      TrainTokenizerCommand.class,
      TokenizeCommand.class,
      PretrainCommand.class,
      FinetuneCommand.class,
      DiagnoseCommand.class,
      EvaluateCommand.class,
      TuneCommand.class,
      SweepCommand.class,
      PlayCommand.class,
      ReportCommand.class,
      ImportWeightsCommand.class,
      ExportWeightsCommand.class,
      StatusCommand.class,
      ParityCommand.class,
      BenchCommand.class,
      GpuCheckCommand.class
    })
final class JowaCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;
}
