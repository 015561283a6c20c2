package org.jowa.model.parity;

import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/** Distances between computed and stored values. A NaN or another length gives NaN, which fails. */
final class Deviation {
  private Deviation() {}

  /** Largest absolute difference. */
  static double absolute(float[] found, float[] expected) {
    if (found.length != expected.length) {
      return Double.NaN;
    }
    double worst = 0;
    for (int i = 0; i < found.length; i++) {
      // Equal infinities have no difference.
      double difference = found[i] == expected[i] ? 0 : Math.abs((double) found[i] - expected[i]);
      if (!(difference <= worst)) {
        worst = difference;
      }
      if (Double.isNaN(worst)) {
        return worst;
      }
    }
    return worst;
  }

  /** Largest absolute difference over the largest finite expected magnitude. */
  static double overLargest(float[] found, float[] expected) {
    double largest = 0;
    for (float value : expected) {
      if (Float.isFinite(value)) {
        largest = Math.max(largest, Math.abs(value));
      }
    }
    double difference = absolute(found, expected);
    return difference == 0 ? 0 : difference / largest;
  }

  /** One minus the cosine of the angle between two tensors, fp32 of any shape. */
  static double direction(Tensor found, Tensor expected) {
    try (StepScope scope = StepScope.inference()) {
      Tensor left = Tensors.onHost(found).reshape(-1).toType(ScalarType.Double);
      Tensor right = Tensors.onHost(expected).reshape(-1).toType(ScalarType.Double);
      double product = left.dot(right).item_double();
      return 1 - product / (left.norm().item_double() * right.norm().item_double());
    }
  }

  /** Difference over the expected magnitude; absolute where zero is expected. */
  static double relative(double found, double expected) {
    double difference = Math.abs(found - expected);
    return expected == 0 ? difference : difference / Math.abs(expected);
  }

  /** Number of places that differ. */
  static double mismatches(long[] found, long[] expected) {
    if (found.length != expected.length) {
      return Double.NaN;
    }
    return IntStream.range(0, found.length).filter(i -> found[i] != expected[i]).count();
  }
}
