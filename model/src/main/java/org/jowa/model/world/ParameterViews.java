package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.Tensors;

/** Views over the weights or the gradients of a model, outside of any recording of gradients. */
final class ParameterViews implements AutoCloseable {
  private final FlatParameters parameters;
  private final Tensor flat;
  private final List<Tensor> views = new ArrayList<>();

  ParameterViews(FlatParameters parameters, Tensor flat) {
    this.parameters = parameters;
    this.flat = flat;
  }

  /** One parameter in its own shape. */
  Tensor view(String name) {
    return keep(parameters.range(name), parameters.shape(name));
  }

  /** Neighbouring parameters that differ at most in their first dimension, joined along it. */
  Tensor fused(String first, String last) {
    Range from = parameters.range(first);
    Range to = parameters.range(last);
    long[] shape = parameters.shape(first);
    long row = from.length() / shape[0];
    Range range = new Range(from.offset(), to.end() - from.offset());
    shape[0] = range.length() / row;
    return keep(range, shape);
  }

  private Tensor keep(Range range, long[] shape) {
    Tensor view = flat.narrow(0, range.offset(), range.length()).view(shape).detach();
    views.add(Tensors.keep(view));
    return view;
  }

  @Override
  public void close() {
    views.forEach(Tensors::release);
  }
}
