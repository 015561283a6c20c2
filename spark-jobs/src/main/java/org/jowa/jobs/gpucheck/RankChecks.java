package org.jowa.jobs.gpucheck;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.jobs.config.Config;
import org.jowa.model.bench.RandomTrainingStep;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.CollectiveException;
import org.jowa.model.collective.RingListener;
import org.jowa.model.collective.RingOptions;
import org.jowa.model.parity.CollectiveChecks;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Precision;

/** What ranks do together, one on each device, as threads of this process. */
final class RankChecks {
  /** The checks, in the order in which they run. */
  static final List<String> NAMES =
      List.of("NCCL conformance", "NCCL bandwidth", "training steps of all ranks against one's");

  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int SECRET_BYTES = 32;
  private static final int WARM_UP = 3;
  private static final int RUNS = 10;
  private static final int SEQUENCES_A_RANK = 4;

  private static final String ALONE = "two GPUs are needed for it, here is one";

  private final List<Device> devices;
  private final long elements;
  private final Joining joining;

  /** Makes of a rank's place in a ring one that takes tensors of its device. */
  @FunctionalInterface
  interface Joining {
    Collective over(Collective ring, Device device);
  }

  /** What one rank does. */
  @FunctionalInterface
  private interface Work<T> {
    T on(Collective ranks, Device device);
  }

  /**
   * @param devices of the ranks
   * @param elements of the tensor whose sum is timed
   */
  RankChecks(List<Device> devices, long elements, Joining joining) {
    this.devices = devices;
    this.elements = elements;
    this.joining = joining;
  }

  List<Check> run() {
    if (devices.size() == 1) {
      return List.of(
          Check.of(name(0), this::conformance),
          Check.skipped(NAMES.get(1), ALONE),
          Check.skipped(NAMES.get(2), ALONE));
    }
    return List.of(
        Check.of(name(0), this::conformance),
        Check.of(name(1), this::bandwidth),
        Check.of(name(2), this::training));
  }

  private String name(int check) {
    return String.format(
        Locale.ROOT,
        "%s, %d rank%s",
        NAMES.get(check),
        devices.size(),
        devices.size() == 1 ? "" : "s");
  }

  private Check conformance(String name) throws Exception {
    List<List<String>> done =
        onAll(
            (ranks, device) -> {
              Map<String, Runnable> checks = CollectiveChecks.onDevice(ranks, device::put).all();
              CollectiveChecks.onDevice(ranks, device::put).run();
              return List.copyOf(checks.keySet());
            });
    String what = String.join(", ", done.get(0));
    return Check.passed(
        name, devices.size() == 1 ? what + "; nothing travelled, for that " + ALONE : what);
  }

  /** The bytes of gradients over the time of their sum. */
  private Check bandwidth(String name) throws Exception {
    List<Double> seconds =
        onAll(
            (ranks, device) -> {
              try (PointerScope scope = new PointerScope()) {
                Tensor gradients = device.zeros(ScalarType.Float, elements);
                double best = Double.POSITIVE_INFINITY;
                for (int run = -WARM_UP; run < RUNS; run++) {
                  ranks.barrier();
                  long start = System.nanoTime();
                  ranks.allReduceSum(gradients);
                  device.synchronize();
                  double taken = (System.nanoTime() - start) * 1e-9;
                  best = run < 0 ? best : Math.min(best, taken);
                }
                return best;
              }
            });
    double slowest = seconds.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    double megabytes = elements * Float.BYTES * 1e-6;
    int ranks = devices.size();
    return Check.passed(
        name,
        String.format(
            Locale.ROOT,
            "%.0f MB in %.1f ms: %.0f MB/s, %.0f MB/s each way on the busiest link",
            megabytes,
            slowest * 1e3,
            megabytes / slowest,
            megabytes / slowest * 2 * (ranks - 1) / ranks));
  }

  private Check training(String name) throws Exception {
    Config config = Config.preset("tiny");
    WorldConfig model = config.settings().world().model();
    int sequences = SEQUENCES_A_RANK * devices.size();
    double[] alone;
    try (RandomTrainingStep step =
        RandomTrainingStep.of(model, sequences, TrainingChecks.SEED, fp32(devices.get(0)))) {
      alone = losses(step);
    }
    List<double[]> together =
        onAll(
            (ranks, device) -> {
              try (RandomTrainingStep step =
                  RandomTrainingStep.ofRank(
                      model, sequences, TrainingChecks.SEED, fp32(device), ranks)) {
                return losses(step);
              }
            });
    double worst = 0;
    for (double[] found : together) {
      worst = Math.max(worst, TrainingChecks.worstError(found, alone));
    }
    String detail =
        String.format(
            Locale.ROOT,
            "losses of %d steps within %.2g, tolerance %.2g",
            TrainingChecks.STEPS,
            worst,
            TrainingChecks.FP32_TOLERANCE);
    return worst <= TrainingChecks.FP32_TOLERANCE
        ? Check.passed(name, detail)
        : Check.failed(name, detail);
  }

  private static Compute fp32(Device device) {
    return new Compute(device, Precision.FP32);
  }

  private static double[] losses(RandomTrainingStep step) {
    return IntStream.range(0, TrainingChecks.STEPS).mapToDouble(i -> step.run()).toArray();
  }

  /** What every rank's work gave, in rank order, or the error of the rank that failed first. */
  private <T> List<T> onAll(Work<T> work) throws Exception {
    byte[] secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    List<RingListener> listeners =
        devices.stream().map(device -> RingListener.listen("127.0.0.1")).toList();
    List<String> addresses = listeners.stream().map(RingListener::address).toList();
    ExecutorService threads = Executors.newFixedThreadPool(devices.size());
    try {
      List<Future<T>> ranks = new ArrayList<>();
      for (int rank = 0; rank < devices.size(); rank++) {
        RingListener listener = listeners.get(rank);
        int own = rank;
        ranks.add(
            threads.submit(() -> asRank(listener.join(own, addresses, secret, options()), work)));
      }
      return results(ranks);
    } finally {
      threads.shutdownNow();
      listeners.forEach(RingListener::close);
    }
  }

  private static RingOptions options() {
    return new RingOptions(
        TIMEOUT, TIMEOUT, TIMEOUT, RingOptions.DEFAULT_CHUNK_BYTES, System.err::println);
  }

  private <T> T asRank(Collective ring, Work<T> work) {
    Device device = devices.get(ring.rank());
    Collective group = ring;
    try {
      group = joining.over(ring, device);
      return work.on(group, device);
    } catch (Throwable e) {
      // Before close, which would only say that this rank left.
      group.abort(e);
      throw e;
    } finally {
      group.close();
    }
  }

  /** The consequences of a failure on other ranks say less than the failure. */
  private static <T> List<T> results(List<Future<T>> ranks) throws Exception {
    List<T> results = new ArrayList<>();
    List<Throwable> errors = new ArrayList<>();
    for (Future<T> rank : ranks) {
      try {
        results.add(rank.get());
      } catch (ExecutionException e) {
        int place = e.getCause() instanceof CollectiveException ? errors.size() : 0;
        errors.add(place, e.getCause());
      }
    }
    if (!errors.isEmpty()) {
      throw errors.get(0) instanceof Exception known
          ? known
          : new IllegalStateException(errors.get(0));
    }
    return results;
  }
}
