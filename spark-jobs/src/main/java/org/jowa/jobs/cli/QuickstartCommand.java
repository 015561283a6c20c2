package org.jowa.jobs.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jowa.jobs.quickstart.QuickstartJob;
import org.jowa.jobs.quickstart.QuickstartPlan;
import org.jowa.jobs.spark.SparkJobs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "quickstart",
    description =
        "The whole path on this machine: record play of Pong and Breakout, ingest, train the"
            + " tokenizer, tokenize, pretrain on 2 ranks, play with planning, report. The same"
            + " command again goes on where it stopped.")
final class QuickstartCommand extends JobCommand {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for all that is made (default: ${DEFAULT-VALUE}).")
  private String out = "quickstart";

  @Option(
      names = "--minutes",
      paramLabel = "M",
      description =
          "About how long it takes on two cores; sets how many steps are done"
              + " (default: ${DEFAULT-VALUE}).")
  private int minutes = QuickstartPlan.DEFAULT_MINUTES;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Seed of everything (default: ${DEFAULT-VALUE}).")
  private int seed;

  @Option(
      names = "--roms",
      paramLabel = "DIR",
      description = "Folder of ROMs (default: ATARI_ROMS, else fetched with pip).")
  private Optional<Path> roms;

  @Override
  void check() {
    Options.atLeast("--minutes", minutes, 1);
    Options.atLeast("--seed", seed, 0);
  }

  @Override
  int slots() {
    return QuickstartPlan.RANKS * threadsPerTask();
  }

  @Override
  int threadsPerTask() {
    return Math.max(1, Runtime.getRuntime().availableProcessors() / QuickstartPlan.RANKS);
  }

  @Override
  boolean playsGames() {
    return true;
  }

  @Override
  int run() throws Exception {
    try (SparkJobs jobs = SparkJobs.start("quickstart", threadsPerTask())) {
      QuickstartJob job = QuickstartJob.in(out, new QuickstartPlan(minutes, seed), roms);
      EvaluateCommand.print(job.run(jobs));
      System.out.println("report: " + job.report());
    }
    return CommandLines.OK;
  }
}
