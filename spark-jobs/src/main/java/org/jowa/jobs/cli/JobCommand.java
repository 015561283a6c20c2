package org.jowa.jobs.cli;

import java.util.List;
import org.jowa.jobs.launch.RankLauncher;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * One command of the command line.
 *
 * <p>Fields and signatures of commands name no class of Spark or torch: they are loaded for help
 * and checks, where neither is there.
 */
abstract class JobCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  @Option(
      names = "--dry-run",
      description = "Print the spark-submit line that this command stands for, and do nothing.")
  private boolean dryRun;

  @Option(names = "--verbose", description = "Show the stack trace of an error.")
  private boolean verbose;

  private List<String> arguments = List.of();

  /**
   * Checks what can be checked without touching data, before anything is submitted.
   *
   * @throws org.jowa.error.UsageException if an option or the configuration is wrong
   */
  void check() {}

  /**
   * Does the work, inside the Spark driver.
   *
   * @return the exit status
   * @throws Exception whatever went wrong; the caller reports it
   */
  abstract int run() throws Exception;

  /** Whether the work is done by Spark; if not, a plain JVM runs the command. */
  boolean needsSpark() {
    return true;
  }

  /** Whether it examines the machine, and so starts on one that isn't as it should be. */
  boolean examinesMachine() {
    return false;
  }

  /** Whether it plays, and so needs the emulator, which not every installation has. */
  boolean playsGames() {
    return false;
  }

  /** Whether it computes on GPUs in the driver's own process. */
  boolean usesGpus() {
    return false;
  }

  /** Ranks that train together; none for commands whose tasks are independent. */
  int ranks() {
    return 0;
  }

  /** Cores that the command wants when the user names no master. */
  int slots() {
    return ranks() > 0 ? ranks() * threadsPerTask() : Runtime.getRuntime().availableProcessors();
  }

  /** Cores that one of its tasks computes with. */
  int threadsPerTask() {
    return 1;
  }

  /** Does a job in a Spark application that has this command's name. */
  final <R> R inSpark(Job<R> job) throws Exception {
    String name = getClass().getAnnotation(Command.class).name();
    try (SparkJobs jobs =
        ranks() > 0
            ? RankLauncher.application(name, ranks(), threadsPerTask())
            : SparkJobs.start(name, threadsPerTask())) {
      return job.run(jobs);
    }
  }

  final boolean dryRun() {
    return dryRun;
  }

  /** The command's name and options as they were given. */
  final List<String> arguments() {
    return arguments;
  }

  final void keepArguments(List<String> given) {
    arguments = given.stream().filter(word -> !word.equals("--dry-run")).toList();
  }
}
