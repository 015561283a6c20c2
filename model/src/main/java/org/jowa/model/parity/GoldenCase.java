package org.jowa.model.parity;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Collects the comparisons of one golden case. */
public final class GoldenCase {
  private final String name;
  private final String prefix;
  private final List<ParityResult> results = new ArrayList<>();

  private GoldenCase(String name, String prefix) {
    this.name = name;
    this.prefix = prefix;
  }

  /** A case without comparisons yet. */
  public static GoldenCase of(String name) {
    return of(name, "");
  }

  /** The same with something before the name of every quantity. */
  public static GoldenCase of(String name, String prefix) {
    return new GoldenCase(name, prefix);
  }

  /** What was compared so far, in order. */
  public List<ParityResult> results() {
    return List.copyOf(results);
  }

  /** Records an error that was measured by the caller. */
  public void add(String quantity, double worstError, double tolerance) {
    results.add(ParityResult.compared(name, prefix + quantity, worstError, tolerance));
  }

  /** Largest difference of two numbers relative to the expected one. */
  public void relative(String quantity, double actual, double expected, double tolerance) {
    add(quantity, Math.abs(actual - expected) / Math.abs(expected), tolerance);
  }

  /** Largest difference of two tensors relative to the largest expected element. */
  public void ofLargest(String quantity, Tensor actual, Tensor expected, double tolerance) {
    add(quantity, difference(actual, expected) / largest(expected), tolerance);
  }

  /** Largest difference of two tensors. */
  public void absolute(String quantity, Tensor actual, Tensor expected, double tolerance) {
    add(quantity, difference(actual, expected), tolerance);
  }

  private static double difference(Tensor actual, Tensor expected) {
    if (actual.numel() != expected.numel()) {
      throw new IllegalArgumentException(
          "Compared " + actual.numel() + " elements with " + expected.numel());
    }
    Tensor left = actual.detach().reshape(-1).to(ScalarType.Double);
    Tensor right = expected.reshape(-1).to(ScalarType.Double);
    return left.sub(right).abs().max().item_double();
  }

  private static double largest(Tensor tensor) {
    return tensor.abs().max().to(ScalarType.Double).item_double();
  }
}
