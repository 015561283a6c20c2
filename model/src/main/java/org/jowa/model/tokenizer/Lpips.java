package org.jowa.model.tokenizer;

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

  /** Convolutions of each slice by their place in VGG-16; a slice ends at a feature map. */
  private static final int[][] SLICES = {{0, 2}, {5, 7}, {10, 12, 14}, {17, 19, 21}, {24, 26, 28}};

  private static final int[] CHANNELS = {64, 128, 256, 512, 512};

  private final Map<String, Tensor> weights;
  private final Tensor shift;
  private final Tensor scale;

  private Lpips(Map<String, Tensor> weights, Device device) {
    this.weights = weights;
    try (StepScope scope = StepScope.inference()) {
      Tensor means = Tensors.of(new float[] {-.030f, -.088f, -.188f}, 1, 3, 1, 1);
      Tensor deviations = Tensors.of(new float[] {.458f, .448f, .450f}, 1, 3, 1, 1);
      shift = Tensors.keep(device.put(means));
      scale = Tensors.keep(device.put(deviations));
    }
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
    Map<String, Tensor> weights = new LinkedHashMap<>();
    try (StepScope scope = StepScope.inference()) {
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
    }
    return new Lpips(weights, device);
  }

  /** Names and shapes of all weights. */
  public static Map<String, long[]> shapes() {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    long in = 3;
    for (int slice = 0; slice < SLICES.length; slice++) {
      for (int layer : SLICES[slice]) {
        String name = conv(slice, layer);
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

  /**
   * The distance of each pair of frames, differentiable in both.
   *
   * @param x [n, 1, h, w] in [-1, 1]
   * @param y [n, 1, h, w] in [-1, 1]
   * @return [n]
   */
  public Tensor distance(Tensor x, Tensor y) {
    List<Tensor> left = features(x);
    List<Tensor> right = features(y);
    Tensor sum = null;
    for (int slice = 0; slice < SLICES.length; slice++) {
      Tensor difference = normalised(left.get(slice)).sub(normalised(right.get(slice))).square();
      Tensor heat = torch.conv2d(difference, weights.get(head(slice)));
      Tensor mean = torch.mean(heat, new long[] {1, 2, 3}, false, new ScalarTypeOptional());
      sum = sum == null ? mean : sum.add(mean);
    }
    return sum;
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
      return new Gradient(distances.detach(), leaf.grad());
    }
  }

  @Override
  public void close() {
    weights.values().forEach(Tensors::release);
    Tensors.release(shift);
    Tensors.release(scale);
  }

  private List<Tensor> features(Tensor gray) {
    List<Tensor> features = new ArrayList<>();
    Tensor x = gray.sub(shift).div(scale);
    for (int slice = 0; slice < SLICES.length; slice++) {
      if (slice > 0) {
        x = torch.max_pool2d(x, 2, 2);
      }
      for (int layer : SLICES[slice]) {
        x = torch.relu(convolve(x, conv(slice, layer)));
      }
      features.add(x);
    }
    return features;
  }

  private Tensor convolve(Tensor x, String name) {
    return torch.conv2d(
        x,
        weights.get(name + ".weight"),
        new TensorOptional(weights.get(name + ".bias")),
        new long[] {1, 1},
        new long[] {1, 1},
        new long[] {1, 1},
        1);
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
