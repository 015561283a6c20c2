package org.jowa.jobs.cli;

import java.util.Optional;
import picocli.CommandLine.Option;

/** Ranks that train, and their cores. */
final class RankOptions {
  @Option(
      names = "--ranks",
      paramLabel = "N",
      description = "Ranks that train together (default: ${DEFAULT-VALUE}).")
  private int ranks = 1;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Cores of a rank, and of a task that plays, Spark's spark.task.cpus (default on this"
              + " machine: its cores over the ranks).")
  private Optional<Integer> threads;

  int ranks() {
    return ranks;
  }

  /** Cores of one rank, where nothing else says. */
  int threads() {
    return threads.orElse(
        Math.max(1, Runtime.getRuntime().availableProcessors() / Math.max(1, ranks)));
  }
}
