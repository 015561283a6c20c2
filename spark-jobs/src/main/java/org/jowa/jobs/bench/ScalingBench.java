package org.jowa.jobs.bench;

import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.launch.LaunchSettings;
import org.jowa.jobs.launch.RankContext;
import org.jowa.jobs.launch.RankJob;
import org.jowa.jobs.launch.RankLauncher;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.settings.TrainSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.torch.Device;
import org.jowa.model.train.RunLayout;
import org.jowa.model.train.StopSignal;
import org.jowa.model.train.TimeSpent;
import org.jowa.model.train.TrainContext;
import org.jowa.model.train.TrainListener;
import org.jowa.model.train.WorldData;
import org.jowa.model.train.WorldTrainer;

/**
 * The training loop as ranks run it, on random tokens: one rank, then many, with the same number of
 * sequences each. Starts ranks as every training does; {@code --master local[N]} makes them
 * threads, {@code local-cluster[N,1,4096]} or a cluster makes them processes. Its temporary run
 * folder is on the default file system, which the nodes of a cluster have to share.
 *
 * @param ranks to compare with one
 * @param out gets the JSON objects
 */
public record ScalingBench(BenchOptions options, int ranks, PrintStream out) implements Job<Void> {
  private static final int NEVER = 1_000_000_000;

  /** Measures and prints a JSON object for each number of ranks, the second with the ratio. */
  @Override
  public Void run(SparkJobs jobs) {
    double one = 0;
    for (int count : List.of(1, ranks)) {
      TimeSpent time = train(jobs, count);
      double millis = 1e3 * time.useful() / time.steps();
      double sequences = count * options.batch() * 1e3 / millis;
      one = count == 1 ? sequences : one;
      BenchLine line =
          BenchLine.of(
                  "scaling",
                  String.format(
                      Locale.ROOT,
                      "%s: %d ranks, %d sequences each, --master %s",
                      options.preset(),
                      count,
                      options.batch(),
                      jobs.context().sc().master()),
                  options.threads(),
                  new Timing(millis, millis, (int) time.steps()))
              .rate("ranks", count)
              .rate("sequences_per_s", sequences)
              .rate(
                  "tokens_per_s",
                  sequences
                      * options.config().settings().world().model().blocks()
                      * WorldConfig.BLOCK_TOKENS)
              .rate("exchange_share", time.exchanging() / time.useful());
      out.println(count == 1 ? line.json() : line.rate("speedup", sequences / one).json());
    }
    return null;
  }

  private TimeSpent train(SparkJobs jobs, int count) {
    Config config =
        options
            .config()
            .with(
                List.of(
                    "world.batch-size=" + count * options.batch(),
                    "world.stage1.steps=0",
                    "world.stage2.steps=" + options.runs(),
                    "metrics.held-out-every=0",
                    "metrics.every=" + NEVER,
                    "checkpoint.every=" + NEVER));
    int sequences = options.batch();
    RankLauncher launcher = RankLauncher.of(jobs, LaunchSettings.of(config, count, List.of(count)));
    try {
      Path run = temporaryFolder(SparkJobs.hadoop());
      FileSystem store = run.getFileSystem(SparkJobs.hadoop());
      String folder = run.toString();
      try {
        return launcher.run(
            RankJob.of(
                "bench scaling",
                "steps",
                options.runs(),
                rank -> train(config, sequences, folder, rank)));
      } finally {
        store.delete(run, true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Can't keep a temporary run folder", e);
    }
  }

  /** Ranks on several machines share the default file system, if that isn't a local disk. */
  private static Path temporaryFolder(Configuration hadoop) throws IOException {
    String name = "jowa-scaling-" + UUID.randomUUID();
    return "file".equals(FileSystem.getDefaultUri(hadoop).getScheme())
        ? new Path(new File(System.getProperty("java.io.tmpdir"), name).toURI())
        : new Path(FileSystem.get(hadoop).getHomeDirectory(), name);
  }

  private static TimeSpent train(Config config, int sequences, String folder, RankContext rank) {
    WorldSettings settings = config.settings().world();
    TimeSpent[] time = new TimeSpent[1];
    TrainListener listener =
        new TrainListener() {
          @Override
          public void ended(TimeSpent spent) {
            time[0] = spent;
            rank.where().at(spent.lastStep(), "ending", spent);
          }
        };
    try (RandomSequences batches =
        new RandomSequences(
            settings.model(), sequences, rank.collective().rank(), rank.collective().worldSize())) {
      TrainSettings training =
          config.settings().training(rank.threads(), rank.collective().worldSize());
      WorldTrainer.run(
          new TrainContext(
              Device.CPU,
              rank.collective(),
              training,
              new RunLayout(folder),
              SparkJobs.hadoop(),
              Map.of(),
              Optional.empty(),
              new StopSignal(),
              listener),
          settings,
          WorldData.of(batches, Optional.empty()));
      return time[0];
    }
  }
}
