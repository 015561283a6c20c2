package org.jowa.model.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/** Copies of tensors in host memory, which is allocated once and used for every copy. */
final class HostCopies implements AutoCloseable {
  private final Map<String, Tensor> copies = new LinkedHashMap<>();

  /** Allocates the memory for tensors of these names, types and shapes. */
  HostCopies(Map<String, Tensor> tensors) {
    try (StepScope scope = StepScope.inference()) {
      tensors.forEach(
          (name, tensor) ->
              copies.put(
                  name,
                  Tensors.keep(Tensors.empty(tensor.scalar_type().intern(), tensor.shape()))));
    }
  }

  /** Copies the values of all of them. */
  void take(Map<String, Tensor> tensors) {
    try (StepScope scope = StepScope.inference()) {
      copies.forEach((name, copy) -> copy.copy_(tensors.get(name)));
    }
  }

  /** The copies by name, in the order of the first tensors. */
  Map<String, Tensor> tensors() {
    return Collections.unmodifiableMap(copies);
  }

  long bytes() {
    return copies.values().stream().mapToLong(Tensors::bytes).sum();
  }

  @Override
  public void close() {
    copies.values().forEach(Tensors::release);
  }
}
