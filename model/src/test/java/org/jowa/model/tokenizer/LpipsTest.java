package org.jowa.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.Initialiser;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The perceptual distance and its gradient against the same graph in double precision. */
class LpipsTest {
  private static final long SIDE = 16;
  private static Lpips lpips;

  @BeforeAll
  static void load() {
    TorchRuntime.setThreads(1);
    try (StepScope scope = StepScope.inference()) {
      lpips = Lpips.of(weights(0.05), "test", Device.CPU);
    }
  }

  @AfterAll
  static void close() {
    lpips.close();
  }

  /** Frames of any contrast, with more and more pixels at black and white. */
  @ParameterizedTest
  @CsvSource({"1, 0.3", "2, 1.5", "3, 300"})
  void theGradientIsThatOfDoublePrecisionButForUnitsAtTheirKinks(long key, double contrast) {
    try (StepScope scope = StepScope.inference()) {
      Tensor x = frames(key, contrast);
      Tensor y = frames(10 + key, contrast);
      assertRight(x, y, 1e-4);
      // The nearer they are, the more of their difference is rounding.
      assertRight(x, x.add(y, new Scalar(0.1)), 1e-3);
    }
  }

  /** Units at their kinks excuse nothing else, and aren't taken into account without need. */
  @Test
  void anErrorThatNoUnitExplainsIsSeen() {
    try (StepScope scope = StepScope.inference()) {
      Tensor x = frames(1, 1);
      Tensor y = frames(2, 1);
      LpipsReference reference = LpipsReference.of(lpips, x, y);
      Tensor wrong = lpips.gradient(x, y).gradient().clone();
      wrong.narrow(2, 3, 1).mul_(new Scalar(1.02));
      assertThat(reference.worstError(wrong, reference.gradient(), 1, 1e-4)).isGreaterThan(1e-3);
      wrong.narrow(2, 3, 1).fill_(new Scalar(Double.NaN));
      assertThat(reference.worstError(wrong, reference.gradient(), 1, 1e-4)).isNaN();
    }
  }

  @Test
  void equalFramesHaveNoDistanceAndNoGradient() {
    try (StepScope scope = StepScope.inference()) {
      for (double contrast : new double[] {0, 1, 300}) {
        Tensor x = frames(1, contrast);
        Lpips.Gradient gradient = lpips.gradient(x, x);
        assertThat(Tensors.floats(gradient.distances())).containsOnly(0);
        assertThat(gradient.gradient().abs().max().item_float()).isZero();
      }
    }
  }

  /** Where windows of a maximum are of one value, any pixel may get what belongs to all of them. */
  @ParameterizedTest
  @CsvSource({"-1", "0", "1"})
  void aFrameOfOneColourMovesTheDistanceByItsBrightnessAsItShould(double colour) {
    try (StepScope scope = StepScope.inference()) {
      Tensor x = frames(1, 1);
      Tensor y = torch.full_like(x, new Scalar(colour));
      LpipsReference reference = LpipsReference.of(lpips, x, y);
      Lpips.Gradient gradient = lpips.gradient(x, y);
      assertDistances(gradient, reference);
      double slope = reference.gradient().sum().item_double();
      assertThat((double) gradient.gradient().sum().item_float())
          .isCloseTo(slope, within(1e-3 * reference.gradient().abs().sum().item_double()));
    }
  }

  /** With biases far below zero no unit of any layer is above it: the norm divides by 1e-10. */
  @Test
  void featuresThatAreAllZeroGiveNoGradient() {
    try (StepScope scope = StepScope.inference()) {
      Map<String, Tensor> dark = weights(0);
      dark.forEach(
          (name, weight) -> {
            if (name.endsWith(".bias")) {
              weight.sub_(new Scalar(100));
            }
          });
      try (Lpips blind = Lpips.of(dark, "test", Device.CPU)) {
        Lpips.Gradient gradient = blind.gradient(frames(1, 1), frames(2, 1));
        assertThat(Tensors.floats(gradient.distances())).containsOnly(0);
        assertThat(Tensors.floats(gradient.gradient())).containsOnly(0);
      }
    }
  }

  /** The gradient is the caller's own: what it was computed from may be gone. */
  @Test
  void theGradientOutlivesItsPass() {
    Lpips.Gradient gradient;
    float[] values;
    try (StepScope inputs = StepScope.inference()) {
      try (StepScope scope = StepScope.inference()) {
        gradient = lpips.gradient(frames(1, 1), frames(2, 1));
        values = Tensors.floats(gradient.gradient());
        Tensors.keep(gradient.gradient());
      }
      frames(3, 1);
      assertThat(Tensors.floats(gradient.gradient())).isEqualTo(values);
      Tensors.release(gradient.gradient());
    }
  }

  private static void assertRight(Tensor x, Tensor y, double tolerance) {
    LpipsReference reference = LpipsReference.of(lpips, x, y);
    Lpips.Gradient gradient = lpips.gradient(x, y);
    assertDistances(gradient, reference);
    double error = reference.worstError(gradient.gradient(), reference.gradient(), 1, tolerance);
    assertThat(error).isLessThan(tolerance);
  }

  private static void assertDistances(Lpips.Gradient gradient, LpipsReference reference) {
    float[] distances = Tensors.floats(gradient.distances());
    double[] expected = Tensors.doubles(reference.distances());
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) distances[i]).isCloseTo(expected[i], within(1e-4 * expected[i]));
    }
  }

  /** Uniform around gray; what is beyond black and white is cut. */
  private static Tensor frames(long key, double contrast) {
    return FunctionalRandom.centred(FunctionalRandom.key(77, 0, 0, key), 2, 1, SIDE, SIDE)
        .mul(new Scalar(2 * contrast))
        .clamp(new ScalarOptional(new Scalar(-1)), new ScalarOptional(new Scalar(1)));
  }

  private static Map<String, Tensor> weights(double biases) {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    Lpips.shapes()
        .forEach(
            (name, shape) -> {
              Tensor weight = Tensors.empty(ScalarType.Float, shape);
              double bound =
                  shape.length == 1 ? biases : Math.sqrt(6.0 / (shape[1] * shape[2] * shape[3]));
              Initialiser.of(1).uniform(name, weight, bound);
              weights.put(name, name.startsWith("lin") ? weight.abs() : weight);
            });
    return weights;
  }
}
