package org.jowa.model.collective;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A run of elements on a GPU.
 *
 * @param address on the device
 * @param count of elements
 */
record DeviceMemory(long address, long count, NcclLibrary.Type type) {
  /**
   * @throws IllegalArgumentException if the tensor isn't one run of fp32 or bf16
   */
  static DeviceMemory of(Tensor tensor) {
    if (!tensor.is_contiguous()) {
      throw new IllegalArgumentException(
          "Tensor of shape %s is not contiguous: pass a contiguous one"
              .formatted(HostMemory.shape(tensor)));
    }
    ScalarType scalars = tensor.scalar_type().intern();
    NcclLibrary.Type type =
        switch (scalars) {
          case Float -> NcclLibrary.Type.FLOAT32;
          case BFloat16 -> NcclLibrary.Type.BFLOAT16;
          default ->
              throw new IllegalArgumentException(
                  "Tensor type " + scalars + " is not supported on GPUs: use float32 or bfloat16");
        };
    long count = tensor.numel();
    return new DeviceMemory(count == 0 ? 0 : tensor.data_ptr().address(), count, type);
  }
}
