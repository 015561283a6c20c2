package org.jowa.model.tokenizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.NDArrays;
import org.jowa.model.torch.StepScope;

/**
 * A tokenizer as DJL sees it: its weights as named parameters, which share the tokenizer's memory,
 * and a forward pass from uint8 frames [n, 84, 84] to tokens, int64 [n, 36], and reconstructions,
 * fp32 [n, 1, 84, 84], about [0, 1]. Training goes through {@link Tokenizer#accumulateGradients}.
 */
public final class TokenizerBlock extends AbstractBlock {
  private final Tokenizer tokenizer;

  private TokenizerBlock(Tokenizer tokenizer, NDManager manager) {
    this.tokenizer = tokenizer;
    tokenizer
        .parameters()
        .tensors()
        .forEach(
            (name, tensor) -> {
              Parameter parameter =
                  addParameter(
                      Parameter.builder()
                          .setName(name)
                          .setType(
                              name.endsWith(".bias") ? Parameter.Type.BIAS : Parameter.Type.WEIGHT)
                          .build());
              NDArray array = NDArrays.share(tensor, manager);
              array.setName(name);
              parameter.setArray(array);
            });
  }

  /**
   * Views a tokenizer, which stays the owner of the weights.
   *
   * @param manager that the parameters' arrays are attached to
   */
  public static TokenizerBlock of(Tokenizer tokenizer, NDManager manager) {
    return new TokenizerBlock(tokenizer, manager);
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore parameterStore,
      NDList inputs,
      boolean training,
      PairList<String, Object> params) {
    NDArray frames = inputs.singletonOrThrow();
    NDManager manager = frames.getManager();
    try (StepScope scope = StepScope.inference()) {
      Tensor tokens = tokenizer.tokens(NDArrays.borrow(frames));
      Tensor reconstructions = tokenizer.decode(tokens);
      return new NDList(NDArrays.adopt(tokens, manager), NDArrays.adopt(reconstructions, manager));
    }
  }

  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    long n = inputShapes[0].get(0);
    long size = TokenizerConfig.FRAME_SIZE;
    return new Shape[] {
      new Shape(n, TokenizerConfig.TOKENS_PER_FRAME), new Shape(n, 1, size, size)
    };
  }
}
