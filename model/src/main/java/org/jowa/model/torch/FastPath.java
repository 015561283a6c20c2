package org.jowa.model.torch;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.Reason;
import org.jowa.error.UsageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether operators that are fast are used: only where a small computation with them gave,
 * in this process and on this device, what exact arithmetic gives. What a CPU or a library says
 * that it can do isn't asked, because libraries have said so and computed wrong gradients.
 *
 * <p>Where a fast operator is wrong the caller computes in another way, mostly in the next wider
 * type, and the log says so once.
 */
public final class FastPath {
  /**
   * System property: {@code auto}; {@code off} for exact operators always, to find out whether a
   * fast one is to blame; {@code on} to try also those that {@code auto} leaves alone, which are
   * bf16's on a CPU: they are faster on few CPUs, and bf16 there is to test.
   */
  public static final String PROPERTY = "jowa.fast-paths";

  /** Another computation leaves other garbage in memory, so once isn't enough. */
  private static final int ROUNDS = 2;

  /** Errors allowed, in units of the format's rounding. */
  private static final double ROUNDINGS = 8;

  /** Errors allowed besides, of sums of many thousand products, which are made in fp32. */
  private static final double SUMS = 3e-5;

  private static final Logger LOG = LoggerFactory.getLogger(FastPath.class);
  private static final Map<String, Boolean> VERDICTS = new ConcurrentHashMap<>();

  private FastPath() {}

  /**
   * One small computation in both ways.
   *
   * @param name what it computes, for the log
   * @param fast its results, gradients included; may throw
   * @param exact what they should be, fp64 on the CPU
   */
  public record Trial(String name, Supplier<List<Tensor>> fast, Supplier<List<Tensor>> exact) {}

  /**
   * Whether to use the fast operators of a device and precision. Tries them at the first call.
   *
   * @param operators what to call them in the log; one verdict for each, device and precision
   * @param trials in the layouts and kinds of sizes that will be used
   */
  public static boolean isTrusted(Compute compute, String operators, Supplier<List<Trial>> trials) {
    if (compute.device().equals(Device.META)) {
      return true;
    }
    if (!isTried(compute)) {
      return false;
    }
    String name = compute.precision() + " " + operators + " on " + compute.device();
    return VERDICTS.computeIfAbsent(name, unused -> isRight(name, compute, trials.get()));
  }

  private static boolean isTried(Compute compute) {
    String mode = System.getProperty(PROPERTY, "auto");
    return switch (mode) {
      case "auto" -> !(compute.isMixed() && compute.device().isCpu());
      case "on" -> true;
      case "off" -> false;
      default ->
          throw new UsageException("-D" + PROPERTY + "=" + mode + " is none of auto, on, off");
    };
  }

  /** The same without a memory of verdicts. */
  public static boolean isRight(String name, Compute compute, List<Trial> trials) {
    for (Trial trial : trials) {
      Optional<String> fault = fault(compute, trial);
      if (fault.isPresent()) {
        LOG.warn(
            "{} are wrong here ({}: {}): computing in another way instead, which is right and"
                + " slower",
            name,
            trial.name(),
            fault.get());
        return false;
      }
    }
    return true;
  }

  private static Optional<String> fault(Compute compute, Trial trial) {
    double tolerance = ROUNDINGS * compute.precision().rounding() + SUMS;
    try (StepScope scope = StepScope.inference()) {
      List<Tensor> exact = trial.exact().get();
      for (int round = 0; round < ROUNDS; round++) {
        exact.forEach(result -> litter(compute, result));
        List<Tensor> fast = trial.fast().get();
        for (int i = 0; i < exact.size(); i++) {
          double error = error(fast.get(i), exact.get(i));
          // A NaN is no comparison's.
          if (!(error <= tolerance)) {
            return Optional.of(
                String.format(
                    Locale.ROOT,
                    "result %d is off by %.2g of its size, where rounding allows %.2g",
                    i + 1,
                    error,
                    tolerance));
          }
        }
      }
      return Optional.empty();
    } catch (RuntimeException | LinkageError e) {
      // The latter where a class looks for an operator that this torch doesn't have.
      return Optional.of(Reason.behind(e));
    }
  }

  /** Leaves NaN where the allocator will take the memory of the next results from. */
  private static void litter(Compute compute, Tensor like) {
    Tensor garbage = compute.device().empty(compute.productType(), like.shape());
    garbage.fill_(new Scalar(Double.NaN)).close();
  }

  private static double error(Tensor fast, Tensor exact) {
    Tensor difference = exact(fast).sub(exact);
    return torch.norm(difference).item_double() / torch.norm(exact).item_double();
  }

  /** Numbers for a trial, fp32 on the CPU, of the same key always the same. */
  static Tensor numbers(long key, long... shape) {
    return FunctionalRandom.centred(FunctionalRandom.key(key, 0, 0, 0), shape);
  }

  /** A tensor in fp64 on the CPU. */
  public static Tensor exact(Tensor tensor) {
    return Tensors.onHost(tensor).toType(ScalarType.Double);
  }
}
