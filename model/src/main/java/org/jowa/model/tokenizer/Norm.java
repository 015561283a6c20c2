package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.Tensors;

/** Group norm with 2 groups and epsilon 1e-6. */
record Norm(Tensor weight, Tensor bias) {
  private static final int GROUPS = 2;
  private static final double EPSILON = 1e-6;

  /** Positions up to which torch's kernel for CPUs, which sums one by one, is exact enough. */
  private static final long SMALL = 256;

  static Norm of(Layers layers, String name) {
    return new Norm(layers.parameter(name + ".weight"), layers.parameter(name + ".bias"));
  }

  /**
   * What the backward pass needs.
   *
   * @param output as x
   * @param mean [n, 2]
   * @param scale one over the deviation, [n, 2]
   */
  record Result(Tensor output, Tensor mean, Tensor scale) {}

  /** The norm by torch's own operator, for autograd. */
  Tensor differentiable(Tensor x) {
    return torch.group_norm(
        x, GROUPS, new TensorOptional(weight), new TensorOptional(bias), EPSILON, false);
  }

  /**
   * @param x [n, c, h, w], channels last
   */
  Result apply(Tensor x) {
    long n = x.size(0);
    long channels = x.size(1);
    long positions = x.size(2) * x.size(3);
    if (positions <= SMALL || !x.is_cpu()) {
      T_TensorTensorTensor_T result =
          torch.native_group_norm(
              x,
              new TensorOptional(weight),
              new TensorOptional(bias),
              n,
              channels,
              positions,
              GROUPS,
              EPSILON);
      return new Result(result.get0(), result.get1(), result.get2());
    }
    Tensor squares = x.mul(x);
    float[] sums = sums(x);
    float[] squareSums = sums(squares);
    squares.close();
    return normalise(x, sums, squareSums, positions);
  }

  /**
   * Adds to the gradients of weight and bias.
   *
   * @return the gradient of x
   */
  Tensor backward(Tensor gradient, Tensor x, Result result) {
    T_TensorTensorTensor_T gradients =
        torch.native_group_norm_backward(
            gradient,
            x,
            result.mean,
            result.scale,
            new TensorOptional(weight),
            x.size(0),
            x.size(1),
            x.size(2) * x.size(3),
            GROUPS,
            TorchConvolution.wanted(true, true, true));
    weight.grad().add_(gradients.get1());
    bias.grad().add_(gradients.get2());
    return gradients.get0();
  }

  /** As one multiplication and addition per element, from sums per frame and channel. */
  private Result normalise(Tensor x, float[] sums, float[] squareSums, long positions) {
    int channels = Math.toIntExact(x.size(1));
    int n = sums.length / channels;
    int members = channels / GROUPS;
    float[] weights = Tensors.floats(weight);
    float[] biases = Tensors.floats(bias);
    float[] means = new float[n * GROUPS];
    float[] scales = new float[n * GROUPS];
    float[] factors = new float[n * channels];
    float[] offsets = new float[n * channels];
    for (int group = 0; group < means.length; group++) {
      int first = group * members;
      double sum = 0;
      double squareSum = 0;
      for (int i = first; i < first + members; i++) {
        sum += sums[i];
        squareSum += squareSums[i];
      }
      double mean = sum / (members * positions);
      double variance = Math.max(0, squareSum / (members * positions) - mean * mean);
      double scale = 1 / Math.sqrt(variance + EPSILON);
      means[group] = (float) mean;
      scales[group] = (float) scale;
      for (int i = first; i < first + members; i++) {
        factors[i] = (float) (weights[i % channels] * scale);
        offsets[i] = (float) (biases[i % channels] - weights[i % channels] * scale * mean);
      }
    }
    Tensor output =
        multiplyAdd(x, repeated(factors, n, x.size(3)), repeated(offsets, n, x.size(3)));
    return new Result(output, Tensors.of(means, n, GROUPS), Tensors.of(scales, n, GROUPS));
  }

  /** x * factors + offsets, both given for one row of pixels of each frame, [n, 1, w * c]. */
  private static Tensor multiplyAdd(Tensor x, Tensor factors, Tensor offsets) {
    long[] shape = x.shape();
    Tensor rows = x.permute(0, 2, 3, 1).view(shape[0], shape[2], shape[3] * shape[1]);
    return torch
        .addcmul(offsets, rows, factors)
        .view(shape[0], shape[2], shape[3], shape[1])
        .permute(0, 3, 1, 2);
  }

  /**
   * Values per frame and channel, repeated for each pixel of a row: an operator's inner loop then
   * runs over a row instead of a few channels.
   */
  private static Tensor repeated(float[] values, int n, long width) {
    int channels = values.length / n;
    int pixels = Math.toIntExact(width);
    float[] rows = new float[values.length * pixels];
    for (int frame = 0; frame < n; frame++) {
      for (int pixel = 0; pixel < pixels; pixel++) {
        System.arraycopy(
            values, frame * channels, rows, (frame * pixels + pixel) * channels, channels);
      }
    }
    return Tensors.of(rows, n, 1, (long) pixels * channels);
  }

  /** Sums over positions: [n * c]. Torch adds such sums in cascades, so they are exact. */
  private static float[] sums(Tensor x) {
    return Tensors.floats(torch.sum(x, new long[] {2, 3}, false, new ScalarTypeOptional()));
  }
}
