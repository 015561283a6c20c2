package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On every processor with oneDNN, whether or not these products are used there. */
class WideProductsTest {
  @BeforeEach
  void requireOneDnn() {
    TorchRuntime.init();
    TorchRuntime.setThreads(1);
    assumeTrue(torch.hasMKLDNN());
  }

  private static Tensor numbers(long key, long... shape) {
    return FunctionalRandom.centred(FunctionalRandom.key(key, 0, 0, 0), shape);
  }

  private static void assertClose(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    float[] found = Tensors.floats(actual);
    float[] right = Tensors.floats(expected);
    for (int i = 0; i < right.length; i++) {
      assertThat(found[i]).isCloseTo(right[i], within(2e-5f));
    }
  }

  /** A layer's results, and both of its gradients, whose factors lie in memory column by column. */
  @ParameterizedTest
  @CsvSource({"1, 96, 40", "300, 64, 192", "37, 1030, 5"})
  void areThoseOfTorchInAnyLayout(long rows, long in, long out) {
    try (StepScope scope = StepScope.inference()) {
      Tensor x = numbers(0, rows, in);
      Tensor weight = numbers(1, out, in);
      Tensor gradient = numbers(2, rows, out);
      Tensor y = WideProducts.multiply(x, weight.t());
      assertThat(y.is_contiguous()).isTrue();
      assertClose(y, torch.mm(x, weight.t()));
      assertClose(WideProducts.multiply(gradient, weight), torch.mm(gradient, weight));
      assertClose(WideProducts.multiply(gradient.t(), x), torch.mm(gradient.t(), x));
    }
  }

  @Test
  void layersAreRecordedForGradients() {
    List<Tensor> found = layer(true);
    List<Tensor> expected = layer(false);
    try (StepScope scope = StepScope.inference()) {
      for (int i = 0; i < expected.size(); i++) {
        assertClose(found.get(i), expected.get(i));
      }
    }
    found.forEach(Tensors::release);
    expected.forEach(Tensors::release);
  }

  /** Results and gradients of a layer that is large enough for oneDNN, or of torch's own. */
  private static List<Tensor> layer(boolean ours) {
    try (StepScope scope = StepScope.training()) {
      List<Tensor> values = new ArrayList<>();
      List<Tensor> leaves = List.of(numbers(0, 300, 160), numbers(1, 96, 160), numbers(2, 96));
      leaves.forEach(leaf -> leaf.requires_grad_(true));
      Tensor x = leaves.get(0);
      Tensor weight = leaves.get(1);
      Tensor bias = leaves.get(2);
      Tensor y =
          ours ? WideProducts.recordedLinear(x, weight, bias) : torch.addmm(bias, x, weight.t());
      y.mul(numbers(3, 300, 96)).sum().backward();
      values.add(Tensors.keep(y.detach()));
      leaves.forEach(leaf -> values.add(Tensors.keep(leaf.grad().clone())));
      return values;
    }
  }

  /** So that rows of planning don't depend on how many others there are. */
  @Test
  void whatIsNotRecordedIsTorchsOwn() {
    try (StepScope scope = StepScope.inference()) {
      Tensor x = numbers(0, 300, 160);
      Tensor weight = numbers(1, 96, 160);
      Tensor bias = numbers(2, 96);
      assertThat(Tensors.floats(WideProducts.linear(x, weight, bias)))
          .isEqualTo(Tensors.floats(torch.addmm(bias, x, weight.t())));
    }
  }

  @Test
  void bitsAreTheSameEveryTime() {
    try (StepScope scope = StepScope.inference()) {
      Tensor left = numbers(0, 519, 200);
      Tensor right = numbers(1, 200, 131);
      float[] first = Tensors.floats(WideProducts.multiply(left, right));
      for (int i = 0; i < 5; i++) {
        assertThat(Tensors.floats(WideProducts.multiply(left, right))).isEqualTo(first);
      }
    }
  }

  @Test
  void onlyFp32OnTheCpuIsComputedSo() {
    assertThat(WideProducts.areFaster(new Compute(Device.CPU, Precision.BF16))).isFalse();
    assertThat(WideProducts.areFaster(new Compute(Device.META, Precision.FP32))).isFalse();
    assertThat(WideProducts.areFaster(1, 512, 512)).isFalse();
    assertThat(WideProducts.areFaster(2000, 512, 512)).isTrue();
  }
}
