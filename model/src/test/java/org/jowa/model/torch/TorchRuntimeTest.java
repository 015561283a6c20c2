package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class TorchRuntimeTest {
  @Test
  void djlAndJavaCppShareOneLibtorch() {
    TorchRuntime.init();
    try (NDManager manager = NDManager.newBaseManager();
        PointerScope scope = new PointerScope();
        AutoGradMode gradients = new AutoGradMode(true)) {
      NDArray x = manager.create(new float[] {1, 2, 3});
      assertThat(x.sum().getFloat()).isEqualTo(6f);
      Tensor y = torch.ones(new long[] {3, 4}).set_requires_grad(true);
      torch.sum(torch.mul(y, y)).backward();
      assertThat(y.grad().data_ptr_float().get(0)).isEqualTo(2f);
    }
  }

  /** Its warning comes around every small convolution where it can't run. */
  @Test
  void nnpackIsNotAskedFor() {
    TorchRuntime.init();
    assertThat(torch.globalContext().userEnabledNNPACK()).isFalse();
  }
}
