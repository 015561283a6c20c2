package org.jowa.jobs.gpucheck;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import org.jowa.jobs.config.Config;
import org.jowa.model.bench.RandomTokenizerStep;
import org.jowa.model.bench.RandomTrainingStep;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Precision;

/**
 * Trains a few steps on a device and on the CPU, from the same weights, on the same random batch,
 * with the same dropout masks, and compares the losses.
 */
final class TrainingChecks {
  static final int STEPS = 3;

  /** Orders of summation differ; Adam makes more of it with each step. */
  static final double FP32_TOLERANCE = 1e-3;

  /** Factors of products have 11 bits. */
  private static final double TF32_TOLERANCE = 5e-3;

  /** Factors of products have 8 bits. */
  private static final double BF16_TOLERANCE = 0.02;

  private static final int TIMED_STEPS = 5;
  static final long SEED = 11;

  private final Device device;
  private final String preset;
  private final int sequences;
  private final int frames;

  /**
   * @param sequences of a batch of the world-action model
   * @param frames of a batch of the tokenizer; 0 to leave it out
   */
  TrainingChecks(Device device, String preset, int sequences, int frames) {
    this.device = device;
    this.preset = preset;
    this.sequences = sequences;
    this.frames = frames;
  }

  /** Steps of one kind: makes them for a place and precision, and runs one at a time. */
  private interface Steps {
    Run start(Compute compute);
  }

  private record Run(DoubleSupplier step, Runnable end) implements AutoCloseable {
    @Override
    public void close() {
      end.run();
    }
  }

  List<Check> run() {
    List<Check> checks = new ArrayList<>(compare("world-action model", this::world));
    if (frames > 0) {
      checks.addAll(compare("tokenizer", this::tokenizer));
    }
    return checks;
  }

  private List<Check> compare(String model, Steps steps) {
    String name = "%s %s on %s: ".formatted(preset, model, device);
    double[] expected = losses(steps, Compute.FP32_ON_CPU);
    List<Check> checks = new ArrayList<>();
    for (Precision precision : Precision.values()) {
      checks.add(
          Check.of(
              name + precision + " against the CPU's fp32",
              check -> compare(check, steps, precision, expected)));
    }
    checks.add(
        Check.of(
            name + "equal bits twice",
            check -> {
              double[] first = losses(steps, new Compute(device, Precision.FP32));
              double[] second = losses(steps, new Compute(device, Precision.FP32));
              return Arrays.equals(first, second)
                  ? Check.passed(
                      check, String.format(Locale.ROOT, "losses of %d steps are equal", STEPS))
                  : Check.failed(
                      check, Arrays.toString(first) + " is not " + Arrays.toString(second));
            }));
    return checks;
  }

  private Check compare(String name, Steps steps, Precision precision, double[] expected) {
    Compute compute = new Compute(device, precision);
    double[] found = losses(steps, compute);
    double worst = worstError(found, expected);
    double tolerance =
        switch (precision) {
          case FP32 -> FP32_TOLERANCE;
          case TF32 -> TF32_TOLERANCE;
          case BF16 -> BF16_TOLERANCE;
        };
    String detail =
        String.format(
            Locale.ROOT,
            "losses of %d steps within %.2g, tolerance %.2g; %.1f ms a step",
            STEPS,
            worst,
            tolerance,
            millis(steps, compute));
    return worst <= tolerance ? Check.passed(name, detail) : Check.failed(name, detail);
  }

  /** The largest relative error; NaN if there is one, which no comparison then passes. */
  static double worstError(double[] found, double[] expected) {
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(found[i] - expected[i]) / Math.abs(expected[i]));
    }
    return worst;
  }

  private static double[] losses(Steps steps, Compute compute) {
    try (Run run = steps.start(compute)) {
      double[] losses = new double[STEPS];
      Arrays.setAll(losses, i -> run.step.getAsDouble());
      return losses;
    }
  }

  /** The fastest of a few steps, each of which ends in reading its losses. */
  private static double millis(Steps steps, Compute compute) {
    try (Run run = steps.start(compute)) {
      double unused = run.step.getAsDouble();
      double best = Double.POSITIVE_INFINITY;
      for (int i = 0; i < TIMED_STEPS; i++) {
        long start = System.nanoTime();
        unused = run.step.getAsDouble();
        compute.device().synchronize();
        best = Math.min(best, (System.nanoTime() - start) * 1e-6);
      }
      return best;
    }
  }

  private Run world(Compute compute) {
    Config config = Config.preset(preset);
    WorldConfig model = config.settings().world().model();
    RandomTrainingStep step = RandomTrainingStep.of(model, sequences, SEED, compute);
    return new Run(step::run, step::close);
  }

  private Run tokenizer(Compute compute) {
    TokenizerConfig model = Config.preset(preset).settings().tokenizer().model();
    RandomTokenizerStep step = RandomTokenizerStep.of(model, frames, SEED, compute);
    return new Run(step::train, step::close);
  }
}
