package org.jowa.jobs.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jowa.jobs.launch.RankLauncher;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.jobs.sweep.SweepJob;
import org.jowa.jobs.sweep.SweepRun;
import picocli.CommandLine.Command;
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

  @Option(
      names = "--ranks",
      paramLabel = "N",
      description = "Ranks that train together (default: ${DEFAULT-VALUE}).")
  private int ranks = 1;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Cores of a rank and of a task that plays, Spark's spark.task.cpus (default on this"
              + " machine: its cores over the ranks).")
  private Optional<Integer> threads;

  @Option(
      names = "--roms",
      paramLabel = "DIR",
      description = "Folder of ROMs (default: ATARI_ROMS, else fetched with pip).")
  private Optional<Path> roms;

  @Override
  void check() {
    for (SweepRun run : runs()) {
      PretrainCommand.check(run.config(), ranks, threadsPerTask());
    }
  }

  private List<SweepRun> runs() {
    return new SweepPlan(SweepFile.read(file), file.toString(), out, data).runs();
  }

  @Override
  int slots() {
    return ranks * threadsPerTask();
  }

  @Override
  int threadsPerTask() {
    return TrainingOptions.threads(threads, ranks);
  }

  @Override
  boolean playsGames() {
    return true;
  }

  @Override
  int run() {
    SweepJob.Outcome outcome;
    try (SparkJobs jobs = RankLauncher.application("sweep", ranks, threadsPerTask())) {
      outcome = new SweepJob(out, runs(), ranks, tokenizer, roms).run(jobs);
    }
    if (!outcome.headline().isEmpty()) {
      System.out.println(outcome.headline());
      System.out.println("report: " + out + "/" + SweepJob.REPORT + "/report.html");
    }
    outcome.failures().forEach((run, why) -> System.err.println("jowa: " + run + ": " + why));
    return outcome.failures().isEmpty() ? CommandLines.OK : CommandLines.FAILED;
  }
}
