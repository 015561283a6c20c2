package org.jowa.model.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.InvalidInputException;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdamWTest {
  private static final Map<ParameterGroup, GroupSettings> SETTINGS =
      Map.of(
          ParameterGroup.DECAY, new GroupSettings(1e-2, 0.1),
          ParameterGroup.NO_DECAY, new GroupSettings(1e-2, 0),
          ParameterGroup.Q, new GroupSettings(3e-3, 0.2));

  @BeforeAll
  static void oneThread() {
    TorchRuntime.setThreads(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.5, Double.POSITIVE_INFINITY})
  void stepsAgreeWithDoubleArithmetic(double clipNorm) {
    try (FlatParameters parameters = parameters();
        AdamW optimizer = AdamW.of(parameters, SETTINGS)) {
      DoubleAdamW reference = new DoubleAdamW(parameters);
      for (int step = 1; step <= 20; step++) {
        float[] gradients = fill(parameters, step);
        double norm = optimizer.step(clipNorm);
        double expected = reference.step(gradients, clipNorm);
        assertThat(norm).isCloseTo(expected, within(1e-6 * expected));
      }
      float[] weights = Tensors.floats(parameters.weights());
      for (int i = 0; i < weights.length; i++) {
        assertThat((double) weights[i]).isCloseTo(reference.weights[i], within(2e-6));
      }
      assertThat(optimizer.state().get("step").item_long()).isEqualTo(20);
    }
  }

  @Test
  void theTargetGroupStaysAsItIs() {
    try (FlatParameters parameters = parameters();
        AdamW optimizer = AdamW.of(parameters, SETTINGS)) {
      float[] before = Tensors.floats(parameters.get("target"));
      fill(parameters, 1);
      optimizer.step(Double.POSITIVE_INFINITY);
      assertThat(Arrays.equals(Tensors.floats(parameters.get("target")), before)).isTrue();
    }
  }

  @Test
  void aStateThatWasSavedGoesOnBitForBit() {
    try (FlatParameters one = parameters();
        FlatParameters two = parameters();
        AdamW whole = AdamW.of(one, SETTINGS);
        AdamW resumed = AdamW.of(two, SETTINGS)) {
      for (int step = 1; step <= 3; step++) {
        fill(one, step);
        whole.step(1);
      }
      two.copyFrom(one.tensors(), FlatParameters.Strictness.EXACT, "memory");
      resumed.load(whole.state(), "memory");
      for (int step = 4; step <= 6; step++) {
        fill(one, step);
        fill(two, step);
        whole.step(1);
        resumed.step(1);
      }
      assertThat(Arrays.equals(Tensors.floats(two.weights()), Tensors.floats(one.weights())))
          .isTrue();
    }
  }

  @Test
  void resettingStartsLikeANewOptimizer() {
    try (FlatParameters one = parameters();
        FlatParameters two = parameters();
        AdamW used = AdamW.of(one, SETTINGS);
        AdamW fresh = AdamW.of(two, SETTINGS)) {
      fill(one, 1);
      used.step(1);
      used.reset();
      two.copyFrom(one.tensors(), FlatParameters.Strictness.EXACT, "memory");
      fill(one, 2);
      fill(two, 2);
      used.step(1);
      fresh.step(1);
      assertThat(Arrays.equals(Tensors.floats(one.weights()), Tensors.floats(two.weights())))
          .isTrue();
      assertThat(used.state().get("step").item_long()).isEqualTo(1);
    }
  }

  @Test
  void aNormThatIsNotFiniteChangesNothing() {
    try (FlatParameters parameters = parameters();
        AdamW optimizer = AdamW.of(parameters, SETTINGS)) {
      float[] before = Tensors.floats(parameters.weights());
      fill(parameters, 1);
      parameters.gradients().data_ptr_float().put(7, Float.NaN);
      assertThatThrownBy(() -> optimizer.step(1))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("NaN");
      assertThat(Arrays.equals(Tensors.floats(parameters.weights()), before)).isTrue();
      assertThat(optimizer.state().get("step").item_long()).isZero();
    }
  }

  @Test
  void theNormIsTheSameForAnyNumberOfThreads() {
    try (StepScope scope = StepScope.inference()) {
      float[] values = new float[1_000_003];
      FunctionalRandom.uniform(3, values, 0, values.length);
      Tensor flat = Tensors.of(values, values.length);
      double sum = 0;
      for (float value : values) {
        sum += (double) value * value;
      }
      double norm = GradientNorm.of(flat);
      assertThat(norm).isCloseTo(Math.sqrt(sum), within(1e-6 * Math.sqrt(sum)));
      TorchRuntime.setThreads(2);
      assertThat(GradientNorm.of(flat)).isEqualTo(norm);
    } finally {
      TorchRuntime.setThreads(1);
    }
  }

  @Test
  void aStateOfAnotherModelIsRefused() {
    try (FlatParameters parameters = parameters();
        FlatParameters other =
            FlatParameters.builder().add("w", ParameterGroup.DECAY, 4, 4).build();
        AdamW optimizer = AdamW.of(parameters, SETTINGS);
        AdamW foreign = AdamW.of(other, SETTINGS)) {
      assertThatThrownBy(() -> optimizer.load(foreign.state(), "step-00000004"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("step-00000004")
          .hasMessageContaining("moments.first")
          .hasMessageContaining("[16]");
    }
  }

  private static FlatParameters parameters() {
    FlatParameters parameters =
        FlatParameters.builder()
            .add("weight", ParameterGroup.DECAY, 52, 100)
            .add("bias", ParameterGroup.NO_DECAY, 32)
            .add("q", ParameterGroup.Q, 64)
            .add("target", ParameterGroup.TARGET, 64)
            .build();
    float[] values = new float[Math.toIntExact(parameters.weights().numel())];
    FunctionalRandom.uniform(11, values, 0, values.length);
    parameters.weights().data_ptr_float().put(values, 0, values.length);
    return parameters;
  }

  private static float[] fill(FlatParameters parameters, int step) {
    float[] values = new float[Math.toIntExact(parameters.gradients().numel())];
    FunctionalRandom.uniform(step, values, 0, values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = (values[i] - 0.3f) * 0.1f;
    }
    parameters.gradients().data_ptr_float().put(values, 0, values.length);
    return values;
  }

  /** AdamW as the papers write it, element by element. */
  private static final class DoubleAdamW {
    final FlatParameters parameters;
    final double[] weights;
    final double[] first;
    final double[] second;
    int step;

    DoubleAdamW(FlatParameters parameters) {
      this.parameters = parameters;
      float[] start = Tensors.floats(parameters.weights());
      weights = new double[start.length];
      for (int i = 0; i < start.length; i++) {
        weights[i] = start[i];
      }
      first = new double[start.length];
      second = new double[start.length];
    }

    double step(float[] gradients, double clipNorm) {
      step++;
      double squares = 0;
      for (float gradient : gradients) {
        squares += (double) gradient * gradient;
      }
      double norm = Math.sqrt(squares);
      double factor = Math.min(1, clipNorm / (norm + 1e-6));
      SETTINGS.forEach(
          (group, settings) -> {
            Range range = parameters.range(group);
            for (int i = (int) range.offset(); i < range.end(); i++) {
              double gradient = gradients[i] * factor;
              first[i] = 0.9 * first[i] + 0.1 * gradient;
              second[i] = 0.999 * second[i] + 0.001 * gradient * gradient;
              double mean = first[i] / (1 - Math.pow(0.9, step));
              double deviation = Math.sqrt(second[i] / (1 - Math.pow(0.999, step)));
              weights[i] *= 1 - settings.learningRate() * settings.weightDecay();
              weights[i] -= settings.learningRate() * mean / (deviation + 1e-8);
            }
          });
      return norm;
    }
  }
}
