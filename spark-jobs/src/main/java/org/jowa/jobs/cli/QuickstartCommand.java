package org.jowa.jobs.cli;

import org.jowa.jobs.quickstart.QuickstartJob;
import org.jowa.jobs.quickstart.QuickstartPlan;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "quickstart",
    description =
        "The whole path on this machine: record play of Pong and Breakout, ingest, build a"
            + " tokenizer, tokenize, pretrain on 2 ranks, play whole episodes without planning,"
            + " diagnose, report. The same command again goes on where it stopped.")
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

  @Mixin private RomsOption roms;

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
    return inSpark(
        jobs -> {
          QuickstartJob job =
              QuickstartJob.in(out, new QuickstartPlan(minutes, seed), roms.folder());
          EvaluateCommand.print(job.run(jobs));
          System.out.println("report: " + job.report());
          return CommandLines.OK;
        });
  }
}
