package org.jowa.model.world;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.Tensors;

/**
 * Memory that a training pass uses again and again. Allocating activations afresh costs page faults
 * in every step; a slab grows to the largest batch seen and then stays.
 */
final class Slab implements AutoCloseable {
  private Tensor memory;

  /**
   * A contiguous fp32 tensor on this memory, with whatever it holds. Views of another call share
   * it.
   */
  Tensor view(long... shape) {
    long elements = 1;
    for (long size : shape) {
      elements *= size;
    }
    if (memory == null || memory.numel() < elements) {
      close();
      memory = Tensors.keep(Tensors.zeros(ScalarType.Float, elements));
    }
    return memory.narrow(0, 0, elements).view(shape);
  }

  @Override
  public void close() {
    if (memory != null) {
      Tensors.release(memory);
      memory = null;
    }
  }
}
