package org.jowa.model.plan;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * Flat fp32 memory for keys and values, used again from decision to decision. What a slab holds is
 * finite from the start: masked positions are multiplied by zero, which would not hide a NaN.
 */
final class SlabPool implements AutoCloseable {
  private final Device device;
  private final List<Tensor> free = new ArrayList<>();

  SlabPool(Device device) {
    this.device = device;
  }

  /** Where its memory lies. */
  Device device() {
    return device;
  }

  /** A slab of at least the given number of floats: the smallest free one that is large enough. */
  Tensor take(long floats) {
    Tensor best = null;
    for (Tensor slab : free) {
      if (slab.numel() >= floats && (best == null || slab.numel() < best.numel())) {
        best = slab;
      }
    }
    if (best != null) {
      free.remove(best);
      return best;
    }
    if (!free.isEmpty()) {
      // Too small for what is asked now: replaced, so that the pool doesn't grow with every shape.
      Tensors.release(free.remove(free.size() - 1));
    }
    try (StepScope scope = StepScope.inference()) {
      return Tensors.keep(device.zeros(ScalarType.Float, floats));
    }
  }

  void giveBack(Tensor slab) {
    free.add(slab);
  }

  @Override
  public void close() {
    free.forEach(Tensors::release);
    free.clear();
  }
}
