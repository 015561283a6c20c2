package org.jowa.model.torch;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A model's weights in the type of its products: the weights themselves in fp32, else one flat
 * copy, which {@link #refresh} makes anew once after every change of the weights.
 */
public final class ProductWeights implements AutoCloseable {
  private final FlatParameters parameters;
  private final boolean mixed;
  private final ScalarType arithmetic;
  private final Tensor flat;
  private final Map<String, Tensor> leaves = new LinkedHashMap<>();
  private long converted = -1;

  public ProductWeights(FlatParameters parameters, Compute compute) {
    this.parameters = parameters;
    mixed = compute.isMixed();
    arithmetic = compute.arithmetic();
    try (StepScope scope = StepScope.inference()) {
      flat =
          mixed
              ? Tensors.keep(
                  compute.device().empty(compute.productType(), parameters.weights().numel()))
              : parameters.weights();
    }
  }

  /** All weights as {@link FlatParameters#weights} lays them out; the same tensor at each call. */
  public Tensor flat() {
    return flat;
  }

  /** The type in which to compute with them, {@link Compute#arithmetic}. */
  public ScalarType arithmetic() {
    return arithmetic;
  }

  /** Converts the weights if they changed since the last call. */
  public void refresh() {
    if (mixed && parameters.version() != converted) {
      converted = parameters.version();
      try (StepScope scope = StepScope.inference()) {
        flat.copy_(parameters.weights());
      }
    }
  }

  /**
   * A parameter as a leaf of the product type, for code that records gradients. What it gathers
   * reaches the gradient buffer by {@link #collectGradients}.
   */
  public Tensor leaf(String name) {
    return mixed ? leaves.computeIfAbsent(name, this::newLeaf) : parameters.get(name);
  }

  private Tensor newLeaf(String name) {
    try (StepScope scope = StepScope.inference()) {
      Range range = parameters.range(name);
      Tensor view =
          flat.narrow(0, range.offset(), range.length()).view(parameters.shape(name)).detach();
      view.set_requires_grad(parameters.group(name).isTrainable());
      return Tensors.keep(view);
    }
  }

  /** Adds what the leaves gathered to the fp32 gradients, and clears them. */
  public void collectGradients() {
    if (!mixed) {
      return;
    }
    try (StepScope scope = StepScope.inference()) {
      leaves.forEach(
          (name, leaf) -> {
            Tensor gradient = leaf.grad();
            if (gradient.defined()) {
              parameters.get(name).grad().add_(gradient);
              leaf.mutable_grad().reset();
            }
          });
    }
  }

  @Override
  public void close() {
    leaves.values().forEach(Tensors::release);
    if (mixed) {
      Tensors.release(flat);
    }
  }
}
