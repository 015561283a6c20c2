package org.jowa.model.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Memory that a training pass uses again and again. Allocating activations afresh costs page faults
 * in every step; a slab grows to the largest batch seen and then stays.
 */
public final class Slab implements AutoCloseable {
  private final Device device;
  private final ScalarType type;
  private @Nullable Tensor memory;

  Slab(Device device, ScalarType type) {
    this.device = device;
    this.type = type;
  }

  /** A contiguous tensor on this memory, with whatever it holds. Views of another call share it. */
  public Tensor view(long... shape) {
    long elements = 1;
    for (long size : shape) {
      elements *= size;
    }
    if (memory == null || memory.numel() < elements) {
      close();
      memory = Tensors.keep(device.zeros(type, elements));
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
