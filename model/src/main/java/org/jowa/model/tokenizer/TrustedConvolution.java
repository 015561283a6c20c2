package org.jowa.model.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.env.game.Observation;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.FastPath;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.Precision;

/** The fastest convolutions that are right: shorter ways, torch's, the same in a wider type. */
final class TrustedConvolution {
  private static final TorchConvolution TORCH = new TorchConvolution();
  private static final long SEED = 20_250_608;

  private TrustedConvolution() {}

  /** The kernel for a tokenizer's convolutions; tries torch's once in a process. */
  static ConvolutionKernel of(Compute compute, TokenizerConfig config) {
    if (!compute.isMixed() && compute.device().isCpu()) {
      ConvolutionKernel shorter = new ShorterConvolution(TORCH);
      if (isTrusted(compute, config, shorter)) {
        return shorter;
      }
    }
    return of(compute, config, TORCH);
  }

  /** The same with another kernel to try. */
  static ConvolutionKernel of(Compute compute, TokenizerConfig config, ConvolutionKernel fast) {
    if (isTrusted(compute, config, fast)) {
      return fast;
    }
    return compute.isMixed()
        ? new WidenedConvolution(
            of(new Compute(compute.device(), Precision.FP32), config), ScalarType.Float)
        : new WidenedConvolution(TORCH, ScalarType.Double);
  }

  private static boolean isTrusted(
      Compute compute, TokenizerConfig config, ConvolutionKernel kernel) {
    String name =
        "convolutions of "
            + config.channels()
            + " and "
            + config.latentChannels()
            + " channels by "
            + kernel;
    return FastPath.isTrusted(compute, name, () -> trials(compute, config, kernel));
  }

  /** Every kind of convolution of a tokenizer, forward and backward. */
  static List<FastPath.Trial> trials(
      Compute compute, TokenizerConfig config, ConvolutionKernel kernel) {
    long channels = config.channels();
    long latent = config.latentChannels();
    long codes = config.embeddingDim();
    // Torch leaves 1x1 kernels to oneDNN from 16 frames on, and a single small map never.
    Set<Shape> shapes = new LinkedHashSet<>();
    shapes.add(new Shape(2, 1, channels, 3, 1, Observation.SIDE));
    shapes.add(new Shape(2, channels, channels, 3, 1, Observation.SIDE));
    shapes.add(new Shape(2, channels, 1, 3, 1, Observation.SIDE));
    shapes.add(new Shape(1, channels, channels, 3, 1, 42));
    shapes.add(new Shape(2, channels, channels, 8, 7, Observation.SIDE));
    shapes.add(new Shape(2, channels, channels, 3, 1, 12));
    shapes.add(new Shape(2, channels, channels, 3, 2, 12));
    shapes.add(new Shape(2, channels, channels, 3, 1, 6));
    shapes.add(new Shape(1, channels, channels, 3, 1, 6));
    shapes.add(new Shape(2, channels, latent, 3, 1, 6));
    shapes.add(new Shape(2, latent, channels, 3, 1, 6));
    shapes.add(new Shape(16, latent, codes, 1, 1, 6));
    shapes.add(new Shape(16, codes, latent, 1, 1, 6));
    shapes.add(new Shape(2, channels, channels, 3, 1, 6).enlarged(7));
    shapes.add(new Shape(2, channels, channels, 3, 1, 42).enlarged(2));
    List<FastPath.Trial> trials = new ArrayList<>();
    for (Shape shape : shapes) {
      trials.add(
          new FastPath.Trial(
              shape.toString(),
              () -> shape.run(kernel, compute, false),
              () -> shape.run(TORCH, compute, true)));
    }
    return trials;
  }

  private record Shape(
      long frames, long in, long out, long kernel, long stride, long size, long enlargement) {
    Shape(long frames, long in, long out, long kernel, long stride, long size) {
      this(frames, in, out, kernel, stride, size, 1);
    }

    /** Of a map that is enlarged first. */
    Shape enlarged(long factor) {
      return new Shape(frames, in, out, kernel, stride, size, factor);
    }

    /** As in {@link Pass}: strided ones pad by a whole stride, others keep the size. */
    private long padding() {
      return stride > 1 ? stride : kernel / 2;
    }

    /** Result and gradients; exact from the same numbers, which have the type of products. */
    private List<Tensor> run(ConvolutionKernel convolution, Compute compute, boolean exact) {
      long results = (size * enlargement + 2 * padding() - kernel) / stride + 1;
      Tensor x = map(compute, exact, 0, frames, size, in);
      Tensor weight = numbers(compute, exact, 1, out, in, kernel, kernel);
      Tensor bias = numbers(compute, exact, 2, out);
      Tensor gradient = map(compute, exact, 3, frames, results, out);
      boolean ofInput = in > 1;
      boolean ofBias = !compute.isMixed();
      boolean isEnlarged = enlargement > 1;
      Tensor result =
          isEnlarged
              ? convolution.forwardEnlarged(x, weight, bias, enlargement)
              : convolution.forward(x, weight, bias, stride, padding());
      ConvolutionKernel.Gradients gradients =
          isEnlarged
              ? convolution.backwardEnlarged(gradient, x, weight, enlargement, ofBias)
              : convolution.backward(gradient, x, weight, stride, padding(), ofInput, ofBias);
      List<Tensor> all = new ArrayList<>(List.of(result, gradients.weight()));
      if (ofInput) {
        all.add(gradients.input());
      }
      if (ofBias) {
        all.add(gradients.bias());
      }
      return all;
    }

    private Tensor map(Compute compute, boolean exact, long key, long n, long side, long depth) {
      return numbers(compute, exact, key, n, side, side, depth).permute(0, 3, 1, 2);
    }

    private Tensor numbers(Compute compute, boolean exact, long key, long... shape) {
      Tensor numbers =
          FunctionalRandom.centred(FunctionalRandom.key(SEED, 0, 0, key), shape)
              .toType(compute.productType());
      return exact ? FastPath.exact(numbers) : compute.device().put(numbers);
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%dx%d, stride %d, %d to %d channels, %d maps of %dx%d, enlarged by %d",
          kernel,
          kernel,
          stride,
          in,
          out,
          frames,
          size,
          size,
          enlargement);
    }
  }
}
