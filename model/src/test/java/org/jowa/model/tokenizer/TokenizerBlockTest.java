package org.jowa.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.NDArrays;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.Test;

class TokenizerBlockTest {
  @Test
  void djlSeesTheWeightsByNameAndTheSameTokens() {
    TorchRuntime.setThreads(1);
    try (Tokenizer tokenizer = Tokenizer.create(new TokenizerConfig(4, 8, 8, 16), 1);
        NDManager manager = NDManager.newBaseManager();
        StepScope scope = StepScope.inference()) {
      TokenizerBlock block = TokenizerBlock.of(tokenizer, manager);
      assertThat(block.getDirectParameters().keys())
          .containsExactlyElementsOf(tokenizer.parameters().names());
      Parameter bias = block.getDirectParameters().get("encoder.conv_in.bias");
      tokenizer.parameters().get("encoder.conv_in.bias").data_ptr_float().put(2, 0.5f);
      assertThat(bias.getArray().getFloat(2)).isEqualTo(0.5f);

      Tensor frames = TokenizerTest.frames(2, 1);
      NDArray input = NDArrays.share(frames, manager);
      NDList output = block.forward(new ParameterStore(manager, true), new NDList(input), false);
      assertThat(output.get(0).toLongArray()).isEqualTo(Tensors.longs(tokenizer.tokens(frames)));
      assertThat(output.get(1).getShape())
          .isEqualTo(block.getOutputShapes(new Shape[] {input.getShape()})[1]);
    }
  }
}
