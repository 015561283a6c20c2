package org.jowa.jobs.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.apache.hadoop.fs.FileUtil;
import org.jowa.model.bench.CheckpointBenchmark;
import org.jowa.model.bench.CheckpointBenchmark.Times;
import org.jowa.model.bench.RandomTrainingStep;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;

/**
 * Checkpoints on a local disk. Plain files take turns with them, so that a busy machine slows both.
 *
 * @param parent of the folder that is written to, and removed
 */
record CheckpointBench(BenchOptions options, Path parent) {
  private static final int WARM_UP = 1;
  private static final double MEGA = 1e-6;

  List<BenchLine> lines() {
    try {
      Path folder = Files.createTempDirectory(parent, "jowa-bench-checkpoint");
      try {
        return measure(folder);
      } finally {
        FileUtil.fullyDelete(folder.toFile());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<BenchLine> measure(Path folder) {
    WorldConfig config = options.config().settings().world().model();
    RandomTrainingStep step = RandomTrainingStep.of(config, 1, 0, Compute.FP32_ON_CPU);
    try (CheckpointBenchmark checkpoints = CheckpointBenchmark.of(step, folder)) {
      List<Times> times = new ArrayList<>();
      for (int run = -WARM_UP; run < options.runs(); run++) {
        Times taken = checkpoints.run();
        if (run >= 0) {
          times.add(taken);
        }
      }
      double megabytes = checkpoints.bytes() * MEGA;
      Timing plain = timing(times, Times::plain);
      Timing written = timing(times, Times::written);
      return List.of(
          line("training stopped, to compare and copy", megabytes, timing(times, Times::stopped)),
          line("hashed and committed in the background", megabytes, written)
              .rate("times_plain", written.medianMillis() / plain.medianMillis()),
          line("plain write and fsync", megabytes, plain),
          line("loaded, hashes checked", megabytes, timing(times, Times::loaded)));
    }
  }

  private static Timing timing(List<Times> times, ToDoubleFunction<Times> part) {
    return Timing.of(times.stream().mapToDouble(part).toArray());
  }

  private BenchLine line(String what, double megabytes, Timing timing) {
    return BenchLine.of(
            "checkpoint",
            String.format(Locale.ROOT, "%s: %s, %.0f MB", options.preset(), what, megabytes),
            options.threads(),
            timing)
        .rate("mb_per_s", megabytes / (timing.medianMillis() * 1e-3));
  }
}
