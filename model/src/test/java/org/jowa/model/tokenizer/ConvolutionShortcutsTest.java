package org.jowa.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each shortcut against torch's own convolution in double precision. */
class ConvolutionShortcutsTest {
  private static final long[] ONE = {1, 1};
  private static final long[] ZERO = {0, 0};

  @BeforeAll
  static void oneThread() {
    TorchRuntime.setThreads(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 3, 7})
  void aConvolutionOfTheSmallMapIsThatOfTheEnlargedOne(long factor) {
    try (StepScope scope = StepScope.inference()) {
      Tensor x = map(1, 2, 6, 5, 4);
      Tensor weight = numbers(2, 3, 6, 3, 3);
      Tensor bias = numbers(3, 3);
      Tensor gradient = map(4, 2, 3, 5 * factor, 4 * factor);

      Enlargement enlargement = new Enlargement(factor);
      Tensor combined = enlargement.combined(weight);
      Tensor results =
          torch.conv2d(
              x, combined, new TensorOptional(enlargement.repeated(bias)), ONE, ONE, ONE, 1);
      T_TensorTensorTensor_T gradients = gradients(enlargement.gather(gradient), x, combined, 1);

      Tensor wide = wide(x);
      long[] small = {5, 4};
      long[] large = {5 * factor, 4 * factor};
      Tensor enlarged = torch.upsample_nearest2d(wide, large);
      Tensor expected =
          torch.conv2d(enlarged, wide(weight), new TensorOptional(wide(bias)), ONE, ONE, ONE, 1);
      T_TensorTensorTensor_T expectedGradients =
          gradients(wide(gradient), enlarged, wide(weight), 1);
      assertClose(enlargement.spread(results), expected);
      assertClose(enlargement.separated(gradients.get1()), expectedGradients.get1());
      assertClose(
          gradients.get0(),
          torch.upsample_nearest2d_backward(
              expectedGradients.get0(), large, new long[] {2, 6, small[0], small[1]}));
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 1, 7, 9", "2, 1, 6, 4", "1, 0, 3, 5"})
  void productsGiveTheGradientOfTheWeights(long kernel, long padding, long height, long width) {
    try (StepScope scope = StepScope.inference()) {
      Tensor x = map(1, 3, 5, height, width);
      Tensor weight = numbers(2, 4, 5, kernel, kernel);
      long grown = 2 * padding - kernel + 1;
      Tensor gradient = map(3, 3, 4, height + grown, width + grown);
      assertClose(
          WeightProducts.gradient(gradient, x, kernel, padding),
          gradients(wide(gradient), wide(x), wide(weight), padding).get1());
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 6", "6, 1", "1, 1"})
  void aSingleChannelAtEitherEnd(long in, long out) {
    try (StepScope scope = StepScope.inference()) {
      Tensor x = map(1, 3, in, 7, 9);
      Tensor weight = numbers(2, out, in, 3, 3);
      Tensor gradient = map(3, 3, out, 7, 9);
      assertClose(
          SingleChannel.weightGradient(gradient, x),
          gradients(wide(gradient), wide(x), wide(weight), 1).get1());
    }
  }

  @Test
  void toASingleChannelEachFrameByItself() {
    try (StepScope scope = StepScope.inference()) {
      Tensor x = map(1, 3, 6, 7, 9);
      Tensor weight = numbers(2, 1, 6, 3, 3);
      Tensor bias = numbers(3, 1);
      Tensor result = SingleChannel.forward(x, weight, bias);
      assertClose(
          result,
          torch.conv2d(wide(x), wide(weight), new TensorOptional(wide(bias)), ONE, ONE, ONE, 1));
      Tensor alone = SingleChannel.forward(x.narrow(0, 2, 1), weight, bias);
      assertThat(Tensors.floats(alone)).isEqualTo(Tensors.floats(result.narrow(0, 2, 1)));
    }
  }

  private static T_TensorTensorTensor_T gradients(
      Tensor gradient, Tensor x, Tensor weight, long padding) {
    long[] paddings = {padding, padding};
    return torch.convolution_backward(
        gradient,
        x,
        weight,
        new long[] {weight.size(0)},
        ONE,
        paddings,
        ONE,
        false,
        ZERO,
        1,
        TorchConvolution.wanted(true, true, true));
  }

  private static void assertClose(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    double worst = wide(actual).sub(expected).abs().max().item_double();
    assertThat(worst).isLessThan(1e-5 * expected.abs().max().item_double());
  }

  private static Tensor wide(Tensor x) {
    return x.toType(ScalarType.Double);
  }

  /** [n, c, h, w], channels last. */
  private static Tensor map(long key, long n, long channels, long height, long width) {
    return numbers(key, n, height, width, channels).permute(0, 3, 1, 2);
  }

  private static Tensor numbers(long key, long... shape) {
    long elements = 1;
    for (long length : shape) {
      elements *= length;
    }
    float[] values = new float[Math.toIntExact(elements)];
    FunctionalRandom.uniform(FunctionalRandom.key(5, 0, 0, key), values, 0, values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] -= 0.5f;
    }
    return Tensors.of(values, shape);
  }
}
