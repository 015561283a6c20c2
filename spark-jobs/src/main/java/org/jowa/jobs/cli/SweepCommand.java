package org.jowa.jobs.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jowa.jobs.sweep.SweepJob;
import org.jowa.jobs.sweep.SweepRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "sweep",
    description =
        "Train and evaluate a list or grid of settings with several seeds, each in a run folder of"
            + " its own below --out, and compare them in DIR/report (docs/sweep.md). The same"
            + " command again goes on where it stopped.")
final class SweepCommand extends JobCommand {
  @Parameters(paramLabel = "FILE", description = "What to train, conf/sweeps/*.yaml for instance.")
  private Path file;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the runs and of the report.")
  private String out;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "Data set of the variants that name none in the file.")
  private Optional<String> data;

  @Option(
      names = "--tokenizer",
      paramLabel = "RUN",
      description =
          "Run folder of the tokenizer that all use whose settings don't change it (default: one is"
              + " trained in DIR/tokenizer).")
  private Optional<String> tokenizer;

  @Mixin private RankOptions ranks;

  @Mixin private RomsOption roms;

  @Override
  void check() {
    for (SweepRun run : runs()) {
      PretrainCommand.check(run.config(), ranks.ranks(), ranks.threads());
    }
  }

  private List<SweepRun> runs() {
    return new SweepPlan(SweepFile.read(file), file.toString(), out, data).runs();
  }

  @Override
  int ranks() {
    return ranks.ranks();
  }

  @Override
  int threadsPerTask() {
    return ranks.threads();
  }

  @Override
  boolean playsGames() {
    return true;
  }

  @Override
  int run() throws Exception {
    SweepJob.Outcome outcome =
        inSpark(new SweepJob(out, runs(), ranks.ranks(), tokenizer, roms.folder()));
    if (!outcome.headline().isEmpty()) {
      System.out.println(outcome.headline());
      System.out.println("report: " + out + "/" + SweepJob.REPORT + "/report.html");
    }
    outcome.failures().forEach((run, why) -> System.err.println("jowa: " + run + ": " + why));
    return outcome.failures().isEmpty() ? CommandLines.OK : CommandLines.FAILED;
  }
}
