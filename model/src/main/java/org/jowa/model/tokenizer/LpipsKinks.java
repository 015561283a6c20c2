package org.jowa.model.tokenizer;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jspecify.annotations.Nullable;

/** Finds the units of a pass in double precision for which rounding of fp32 decides. */
final class LpipsKinks implements Lpips.Watch {
  /**
   * Rounding of a sum relative to the magnitudes of its summands, that of its factors included:
   * convolutions of oneDNN were found to be off by 4e-7 of it, those by MKL's products by 2e-7.
   */
  private static final double ROUNDING = 1e-6;

  /** Units of a frame and layer that are looked at, those of the largest gradients. */
  private static final int MOST_UNITS = 200;

  private final List<Layer> layers = new ArrayList<>();

  /** A layer, [n, c, h, w] each; {@code pooled} is null where no pooling follows. */
  private static final class Layer {
    final Tensor before;
    final Tensor after;
    final double[] rounding;
    @Nullable Tensor pooled;

    Layer(Tensor before, Tensor after, Tensor magnitude) {
      this.before = before;
      this.after = after;
      rounding = Tensors.doubles(magnitude);
      for (int i = 0; i < rounding.length; i++) {
        rounding[i] *= ROUNDING;
      }
    }
  }

  /**
   * What the backward pass begins with where a unit ends on its other side.
   *
   * @param place in the layer's result before it is rectified
   * @param gradient that is added there
   * @param rival whose place it takes in a maximum, or -1
   */
  private record Kink(int place, double gradient, int rival) {}

  @Override
  public void rectified(Tensor input, Lpips.Layer layer, Tensor before, Tensor after) {
    after.retain_grad();
    layers.add(
        new Layer(
            before, after, StepScope.withoutGradients(() -> layer.magnitude(input.detach()))));
  }

  @Override
  public void pooled(Tensor before, Tensor after) {
    after.retain_grad();
    layers.get(layers.size() - 1).pooled = after;
  }

  /**
   * Takes off what such units may change, one after the other, until what is left is tolerable.
   *
   * @param leaf that the pass began with; its graph is still there and its gradients are done
   * @param difference of two gradients in magnitude, as the leaf; what is left of it afterwards
   * @param scale of both, relative to the leaf's
   */
  void explain(Tensor leaf, Tensor difference, double scale, double tolerable) {
    for (Layer layer : layers) {
      List<List<Kink>> kinks = kinks(layer, Math.toIntExact(leaf.size(0)));
      int rounds = kinks.stream().mapToInt(List::size).max().orElse(0);
      for (int round = 0; round < Math.min(rounds, MOST_UNITS); round++) {
        if (difference.max().item_double() <= tolerable) {
          return;
        }
        try (StepScope scope = StepScope.inference()) {
          Tensor change = change(leaf, layer.before, seed(layer, kinks, round));
          difference.sub_(change.abs(), new Scalar(scale));
        }
      }
    }
  }

  /** Frames don't see each other, so a round takes a unit of each. */
  private static Tensor seed(Layer layer, List<List<Kink>> kinks, int round) {
    double[] seed = new double[layer.rounding.length];
    for (List<Kink> frame : kinks) {
      if (round < frame.size()) {
        Kink kink = frame.get(round);
        seed[kink.place] += kink.gradient;
        if (kink.rival >= 0) {
          seed[kink.rival] -= kink.gradient;
        }
      }
    }
    return Tensors.of(seed, layer.before.shape());
  }

  private static Tensor change(Tensor leaf, Tensor from, Tensor seed) {
    TensorVector changes =
        torch.grad(
            new TensorVector(from),
            new TensorVector(leaf),
            new TensorVector(seed),
            new BoolOptional(true),
            false,
            false);
    return changes.get(0);
  }

  /** Those of each frame, by falling gradient. */
  private static List<List<Kink>> kinks(Layer layer, int frames) {
    List<List<Kink>> kinks = new ArrayList<>();
    for (int frame = 0; frame < frames; frame++) {
      kinks.add(new ArrayList<>());
    }
    try (StepScope scope = StepScope.inference()) {
      double[] values = Tensors.doubles(layer.before.detach());
      int frameUnits = values.length / frames;
      double[] gradients = Tensors.doubles(layer.after.grad());
      for (int i = 0; i < values.length; i++) {
        if (Math.abs(values[i]) <= layer.rounding[i] && gradients[i] != 0) {
          kinks.get(i / frameUnits).add(new Kink(i, gradients[i], -1));
        }
      }
      if (layer.pooled != null) {
        addRivals(layer, layer.pooled, values, frameUnits, kinks);
      }
    }
    for (List<Kink> frame : kinks) {
      frame.sort(Comparator.comparingDouble(kink -> -Math.abs(kink.gradient)));
    }
    return kinks;
  }

  /** Units that rounding may make the largest of their window of 2x2. */
  private static void addRivals(
      Layer layer, Tensor pooled, double[] values, int frameUnits, List<List<Kink>> kinks) {
    int width = Math.toIntExact(layer.before.size(3));
    int mapUnits = Math.toIntExact(layer.before.size(2)) * width;
    int pooledWidth = Math.toIntExact(pooled.size(3));
    int pooledUnits = Math.toIntExact(pooled.size(2)) * pooledWidth;
    double[] gradients = Tensors.doubles(pooled.grad());
    for (int window = 0; window < gradients.length; window++) {
      int map = window / pooledUnits;
      int row = 2 * (window % pooledUnits / pooledWidth);
      int first = map * mapUnits + row * width + 2 * (window % pooledWidth);
      int[] units = {first, first + 1, first + width, first + width + 1};
      int largest = first;
      for (int unit : units) {
        largest = values[unit] > values[largest] ? unit : largest;
      }
      boolean dead = values[largest] <= 0;
      for (int unit : units) {
        double behind = Math.max(0, values[largest]) - values[unit];
        if (unit != largest
            && gradients[window] != 0
            && behind <= layer.rounding[unit] + layer.rounding[largest]) {
          kinks.get(first / frameUnits).add(new Kink(unit, gradients[window], dead ? -1 : largest));
        }
      }
      if (dead && -values[largest] <= layer.rounding[largest]) {
        kinks.get(first / frameUnits).add(new Kink(largest, gradients[window], -1));
      }
    }
  }
}
