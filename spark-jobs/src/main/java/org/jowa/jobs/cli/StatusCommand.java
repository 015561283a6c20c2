package org.jowa.jobs.cli;

import java.time.Instant;
import org.apache.hadoop.conf.Configuration;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.RunStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "status",
    description =
        "Tell what a run is doing: its last step, rate, goodput, restarts, last failure and ranks.")
final class StatusCommand extends JobCommand {
  @Parameters(paramLabel = "RUN", description = "Run folder.")
  private String run;

  @Option(names = "--json", description = "Print RUN/status.json, for programs.")
  private boolean json;

  @Override
  boolean needsSpark() {
    return false;
  }

  @Override
  int run() {
    RunStatus status = RunStatus.read(RunFolder.at(run, new Configuration()));
    System.out.println(json ? status.json() : status.text(Instant.now()));
    return CommandLines.OK;
  }
}
