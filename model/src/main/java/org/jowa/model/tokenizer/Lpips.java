package org.jowa.model.tokenizer;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.FastPath;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * The perceptual distance of Zhang et al. 2018 on VGG-16 features. The weights are the user's: a
 * safetensors file with the names of the reference's {@code lpips.*} state dict, the prefix being
 * optional.
 *
 * <p>Source: specification section 1.6.
 */
public final class Lpips implements AutoCloseable {
  private static final double EPSILON = 1e-10;
  private static final String PREFIX = "lpips.";
  private static final long[] ONE = {1, 1};

  /** Convolutions of each slice by their place in VGG-16; a slice ends at a feature map. */
  private static final int[][] SLICES = {{0, 2}, {5, 7}, {10, 12, 14}, {17, 19, 21}, {24, 26, 28}};

  private static final int[] CHANNELS = {64, 128, 256, 512, 512};

  private final Map<String, Tensor> weights;
  private final Tensor shift;
  private final Tensor scale;

  private Lpips(Map<String, Tensor> weights, Tensor shift, Tensor scale) {
    this.weights = weights;
    this.shift = shift;
    this.scale = scale;
  }

  /**
   * Loads the weights.
   *
   * @param device on which distances will be computed
   * @throws InvalidInputException if the file isn't there or lacks one of them
   */
  public static Lpips load(Path file, Device device) {
    try (Safetensors tensors = Safetensors.read(file)) {
      return of(tensors.tensors(), file.toString(), device);
    }
  }

  /**
   * Takes weights over as copies.
   *
   * @param tensors fp32 by name, with or without {@code lpips.} before it
   * @param source what to call them in an error
   * @param device on which distances will be computed
   */
  public static Lpips of(Map<String, Tensor> tensors, String source, Device device) {
    try (StepScope scope = StepScope.inference()) {
      Map<String, Tensor> weights = new LinkedHashMap<>();
      for (Map.Entry<String, long[]> expected : shapes().entrySet()) {
        String name = expected.getKey();
        Tensor tensor = tensors.getOrDefault(PREFIX + name, tensors.get(name));
        if (tensor == null
            || tensor.scalar_type().intern() != ScalarType.Float
            || !Arrays.equals(tensor.shape(), expected.getValue())) {
          throw new InvalidInputException(
              String.format(
                  "Cannot load LPIPS weights from %s: tensor %s must be fp32 of shape %s; give a"
                      + " safetensors file with the VGG-16 weights as net.sliceN.M.weight and"
                      + " .bias and the linear heads as linN.model.1.weight",
                  source, name, Arrays.toString(expected.getValue())));
        }
        weights.put(name, Tensors.keep(device.put(tensor.clone())));
      }
      Tensor means = Tensors.of(new float[] {-.030f, -.088f, -.188f}, 1, 3, 1, 1);
      Tensor deviations = Tensors.of(new float[] {.458f, .448f, .450f}, 1, 3, 1, 1);
      return new Lpips(
          weights, Tensors.keep(device.put(means)), Tensors.keep(device.put(deviations)));
    }
  }

  /** Names and shapes of all weights. */
  public static Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    long in = 3;
    for (int slice = 0; slice < SLICES.length; slice++) {
      for (int place : SLICES[slice]) {
        String name = conv(slice, place);
        shapes.put(name + ".weight", new long[] {CHANNELS[slice], in, 3, 3});
        shapes.put(name + ".bias", new long[] {CHANNELS[slice]});
        in = CHANNELS[slice];
      }
    }
    for (int slice = 0; slice < SLICES.length; slice++) {
      shapes.put(head(slice), new long[] {1, CHANNELS[slice], 1, 1});
    }
    return shapes;
  }

  /** The same distance of fp64 frames, to compare with; the caller closes it. */
  Lpips inDoublePrecision() {
    try (StepScope scope = StepScope.inference()) {
      Map<String, Tensor> wide = new LinkedHashMap<>();
      weights.forEach((name, tensor) -> wide.put(name, Tensors.keep(FastPath.exact(tensor))));
      return new Lpips(
          wide, Tensors.keep(FastPath.exact(shift)), Tensors.keep(FastPath.exact(scale)));
    }
  }

  /**
   * The distance of each pair of frames, differentiable in both.
   *
   * @param x [n, 1, h, w] in [-1, 1]
   * @param y [n, 1, h, w] in [-1, 1]
   * @return [n]
   */
  public Tensor distance(Tensor x, Tensor y) {
    return distance(x, y, Watch.NOBODY);
  }

  /** Sees the layers of a pass, one after the other. */
  interface Watch {
    Watch NOBODY =
        new Watch() {
          @Override
          public void rectified(Tensor input, Layer layer, Tensor before, Tensor after) {}

          @Override
          public void pooled(Tensor before, Tensor after) {}
        };

    /**
     * @param input of a convolution
     * @param before its result
     * @param after the same where positive, else zero
     */
    void rectified(Tensor input, Layer layer, Tensor before, Tensor after);

    /** Maxima of windows of 2x2. */
    void pooled(Tensor before, Tensor after);
  }

  /** Weights of a convolution. */
  record Layer(Tensor weight, Tensor bias) {
    Tensor apply(Tensor x) {
      return torch.conv2d(x, weight, new TensorOptional(bias), ONE, ONE, ONE, 1);
    }

    /** Sums of the summands' magnitudes, which bound how far rounding can move a result. */
    Tensor magnitude(Tensor x) {
      return new Layer(weight.abs(), bias.abs()).apply(x.abs());
    }
  }

  /**
   * The same distance.
   *
   * @param watch sees the layers that y goes through
   */
  Tensor distance(Tensor x, Tensor y, Watch watch) {
    List<Tensor> left = features(x, Watch.NOBODY);
    List<Tensor> right = features(y, watch);
    Tensor sum = distance(left, right, 0);
    for (int slice = 1; slice < SLICES.length; slice++) {
      sum = sum.add(distance(left, right, slice));
    }
    return sum;
  }

  private Tensor distance(List<Tensor> left, List<Tensor> right, int slice) {
    Tensor difference = normalised(left.get(slice)).sub(normalised(right.get(slice))).square();
    Tensor heat = torch.conv2d(difference, weight(head(slice)));
    return torch.mean(heat, new long[] {1, 2, 3}, false, new ScalarTypeOptional());
  }

  private Tensor weight(String name) {
    return requireNonNull(weights.get(name), name);
  }

  /**
   * The distances and the gradient of their sum.
   *
   * @param distances of each pair of frames, [n]
   * @param gradient with respect to the reconstructions, [n, 1, h, w]
   */
  record Gradient(Tensor distances, Tensor gradient) {}

  /** Distances of reconstructions y from frames x. */
  Gradient gradient(Tensor x, Tensor y) {
    try (AutoGradMode mode = new AutoGradMode(true)) {
      Tensor leaf = y.detach().set_requires_grad(true);
      Tensor distances = distance(x, leaf);
      torch.sum(distances).backward();
      // The leaf's gradient is a part of the leaf, which may be gone before it.
      return new Gradient(distances.detach(), new Tensor(leaf.grad()));
    }
  }

  @Override
  public void close() {
    weights.values().forEach(Tensors::release);
    Tensors.release(shift);
    Tensors.release(scale);
  }

  private List<Tensor> features(Tensor gray, Watch watch) {
    List<Tensor> features = new ArrayList<>();
    Tensor x = gray.sub(shift).div(scale);
    for (int slice = 0; slice < SLICES.length; slice++) {
      if (slice > 0) {
        Tensor pooled = torch.max_pool2d(x, 2, 2);
        watch.pooled(x, pooled);
        x = pooled;
      }
      for (int place : SLICES[slice]) {
        String name = conv(slice, place);
        Layer layer = new Layer(weight(name + ".weight"), weight(name + ".bias"));
        Tensor result = layer.apply(x);
        Tensor rectified = torch.relu(result);
        watch.rectified(x, layer, result, rectified);
        x = rectified;
      }
      features.add(x);
    }
    return features;
  }

  /** Divided by the norm over channels; where all are zero the gradient is zero, not NaN. */
  private static Tensor normalised(Tensor features) {
    Tensor squares = torch.sum(features.square(), new long[] {1}, true, new ScalarTypeOptional());
    Tensor norm = squares.clamp_min(new Scalar(EPSILON * EPSILON)).sqrt();
    return features.div(norm.add(new Scalar(EPSILON)));
  }

  private static String conv(int slice, int layer) {
    return "net.slice" + (slice + 1) + "." + layer;
  }

  private static String head(int slice) {
    return "lin" + slice + ".model.1.weight";
  }
}
