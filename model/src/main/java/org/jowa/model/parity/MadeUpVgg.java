package org.jowa.model.parity;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.tokenizer.Lpips;
import org.jowa.model.torch.Tensors;

/**
 * The weights that the golden LPIPS vectors were made with: a formula in place of a download, since
 * only the arithmetic is compared.
 */
final class MadeUpVgg {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private MadeUpVgg() {}

  /** All weights by name, in the caller's pointer scope. */
  static Map<String, Tensor> weights() {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    Lpips.shapes().forEach((name, shape) -> weights.put(name, weight(name, shape)));
    return weights;
  }

  private static Tensor weight(String name, long[] shape) {
    long elements = 1;
    for (long size : shape) {
      elements *= size;
    }
    float[] values = new float[Math.toIntExact(elements)];
    long seed = fnv1a(name);
    for (int i = 0; i < values.length; i++) {
      double draw = uniform(seed, i + 1);
      if (name.startsWith("lin")) {
        values[i] = (float) (Math.abs(draw) / shape[1]);
      } else if (name.endsWith(".bias")) {
        values[i] = (float) (0.05 * draw);
      } else {
        values[i] = (float) (draw * Math.sqrt(6.0 / (shape[1] * shape[2] * shape[3])));
      }
    }
    return Tensors.of(values, shape);
  }

  private static double uniform(long seed, long element) {
    long z = seed + element * GOLDEN_GAMMA;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z = z ^ (z >>> 31);
    return (z >>> 40) * 0x1p-24 * 2 - 1;
  }

  private static long fnv1a(String name) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }
}
