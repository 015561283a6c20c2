package org.jowa.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FastPath;
import org.jowa.model.torch.Precision;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of kernels that are wrong on a machine. */
class TrustedConvolutionTest {
  private static final TokenizerConfig CONFIG = new TokenizerConfig(4, 8, 8, 16);
  private static final Compute BF16 = new Compute(Device.CPU, Precision.BF16);

  @BeforeAll
  static void useOneThread() {
    TorchRuntime.setThreads(1);
  }

  /** On a CPU bf16's are not tried otherwise. */
  @BeforeEach
  void tryAll() {
    System.setProperty(FastPath.PROPERTY, "on");
  }

  @AfterEach
  void tryAsUsual() {
    System.clearProperty(FastPath.PROPERTY);
  }

  private enum Fault {
    FORWARD,
    INPUT_INFINITE,
    WEIGHT_UNWRITTEN,
    WEIGHT_HALVED,
    ONE_BIAS_NAN,
    LARGE_MAPS_ONLY,
    ENLARGED_ONLY,
    NOT_SUPPORTED
  }

  /** Torch's kernel with a fault. */
  private record Faulty(Fault fault) implements ConvolutionKernel {
    private static final ConvolutionKernel TORCH = new TorchConvolution();

    @Override
    public Tensor forward(Tensor x, Tensor weight, Tensor bias, long stride, long padding) {
      if (fault == Fault.NOT_SUPPORTED) {
        throw new IllegalStateException("not on this CPU");
      }
      Tensor result = TORCH.forward(x, weight, bias, stride, padding);
      return fault == Fault.FORWARD ? result.add_(new Scalar(0.1)) : result;
    }

    @Override
    public Tensor forwardEnlarged(Tensor x, Tensor weight, Tensor bias, long factor) {
      Tensor result = ConvolutionKernel.super.forwardEnlarged(x, weight, bias, factor);
      return fault == Fault.ENLARGED_ONLY && factor == 7 ? result.mul_(new Scalar(1.1)) : result;
    }

    @Override
    public Gradients backward(
        Tensor gradient,
        Tensor x,
        Tensor weight,
        long stride,
        long padding,
        boolean ofInput,
        boolean ofBias) {
      Gradients right = TORCH.backward(gradient, x, weight, stride, padding, ofInput, ofBias);
      switch (fault) {
        case INPUT_INFINITE -> {
          if (ofInput) {
            right.input().view(-1).narrow(0, 7, 1).fill_(new Scalar(Double.POSITIVE_INFINITY));
          }
        }
        case WEIGHT_HALVED -> right.weight().mul_(new Scalar(0.5));
        case ONE_BIAS_NAN -> {
          if (ofBias) {
            right.bias().narrow(0, 0, 1).fill_(new Scalar(Double.NaN));
          }
        }
        case LARGE_MAPS_ONLY -> {
          if (x.size(3) == 84 && stride == 7) {
            right.weight().neg_();
          }
        }
        default -> {}
      }
      return fault == Fault.WEIGHT_UNWRITTEN
          ? new Gradients(right.input(), torch.empty_like(right.weight()), right.bias())
          : right;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFaultyKernelIsReplacedByTheSameInFp64(Fault fault) {
    ConvolutionKernel kernel =
        TrustedConvolution.of(Compute.FP32_ON_CPU, CONFIG, new Faulty(fault));
    assertThat(kernel).isEqualTo(new WidenedConvolution(kernelOf(kernel), ScalarType.Double));
    assertRight(Compute.FP32_ON_CPU, kernel);
  }

  @ParameterizedTest
  @EnumSource(names = "ONE_BIAS_NAN", mode = EnumSource.Mode.EXCLUDE)
  void aFaultyBf16KernelIsReplacedByFp32OnRoundedValues(Fault fault) {
    ConvolutionKernel kernel = TrustedConvolution.of(BF16, CONFIG, new Faulty(fault));
    assertThat(kernel).isEqualTo(new WidenedConvolution(kernelOf(kernel), ScalarType.Float));
    assertRight(BF16, kernel);
  }

  private static ConvolutionKernel kernelOf(ConvolutionKernel widened) {
    return ((WidenedConvolution) widened).kernel();
  }

  @ParameterizedTest
  @EnumSource
  void whatIsChosenHereIsRight(Precision precision) {
    Compute compute = new Compute(Device.CPU, precision);
    for (String mode : List.of("auto", "on", "off")) {
      System.setProperty(FastPath.PROPERTY, mode);
      ConvolutionKernel kernel = TrustedConvolution.of(compute, CONFIG);
      assertRight(compute, kernel);
      if (mode.equals("off") || mode.equals("auto") && precision == Precision.BF16) {
        assertThat(kernel).isInstanceOf(WidenedConvolution.class);
      }
    }
  }

  @Test
  void aKernelIsTriedOnceInAProcess() {
    int[] tried = {0};
    for (int i = 0; i < 3; i++) {
      FastPath.isTrusted(
          BF16,
          "nothing much",
          () -> {
            tried[0]++;
            return List.of();
          });
    }
    assertThat(tried[0]).isEqualTo(1);
  }

  private static void assertRight(Compute compute, ConvolutionKernel kernel) {
    assertThat(
            FastPath.isRight(
                "what was chosen", compute, TrustedConvolution.trials(compute, CONFIG, kernel)))
        .isTrue();
  }
}
