package org.jowa.jobs.bench;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import org.jowa.jobs.launch.LaunchSettings;
import org.jowa.jobs.launch.RankJob;
import org.jowa.jobs.launch.RankLauncher;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;

/**
 * What it costs to have ranks: from the start of the driver's JVM until all of them have loaded
 * libtorch, passed the pre-flight and joined, and their task is over; then again, with executors
 * that are there already, as after most failures. The ranks do nothing else.
 *
 * @param ranks to start
 * @param out gets the JSON objects
 */
public record LaunchBench(BenchOptions options, int ranks, PrintStream out) implements Job<Void> {
  private static final double MILLIS = 1e-3;

  /** Measures and prints a JSON object for the first launch and one for those after it. */
  @Override
  public Void run(SparkJobs jobs) {
    LaunchSettings settings = LaunchSettings.of(options.config(), ranks, List.of(ranks));
    RankLauncher launcher = RankLauncher.of(jobs, settings);
    launcher.run(nothing());
    double first = ManagementFactory.getRuntimeMXBean().getUptime();
    Timing again = Timing.of(options.runs(), () -> launcher.run(nothing()));
    String master = jobs.context().sc().master();
    out.println(line("first launch", master, new Timing(first, first, 1)));
    out.println(line("executors alive", master, again));
    return null;
  }

  private String line(String what, String master, Timing timing) {
    return BenchLine.of(
            "launch",
            String.format(Locale.ROOT, "%s: %d ranks, --master %s", what, ranks, master),
            options.threads(),
            timing)
        .rate("seconds", timing.medianMillis() * MILLIS)
        .json();
  }

  private static RankJob<Integer> nothing() {
    return RankJob.of("bench launch", "ranks", 1, rank -> rank.collective().rank());
  }
}
