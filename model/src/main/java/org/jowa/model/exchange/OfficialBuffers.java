package org.jowa.model.exchange;

import static org.jowa.model.settings.WorldConfig.ACTION_OFFSET;
import static org.jowa.model.settings.WorldConfig.BLOCK_TOKENS;
import static org.jowa.model.settings.WorldConfig.Q_OFFSET;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldWeights;

/**
 * What the reference's state dict of a world-action model holds beside weights: the causal mask of
 * each layer and the positions that each head reads (spec sections 2.3 and 2.6).
 */
final class OfficialBuffers {
  private OfficialBuffers() {}

  /** All of them by name, in the caller's pointer scope. */
  static Map<String, Tensor> of(WorldConfig config) {
    Map<String, Tensor> buffers = new LinkedHashMap<>();
    int tokens = config.maxTokens();
    for (int layer = 0; layer < config.layers(); layer++) {
      Tensor ones = Tensors.empty(ScalarType.Float, tokens, tokens).fill_(new Scalar(1));
      buffers.put(WorldWeights.block(layer) + "attn.mask", torch.tril(ones));
    }
    buffers.put(
        WorldWeights.OBSERVATION_HEAD + ".indices",
        positions(tokens, offset -> offset != Q_OFFSET));
    buffers.put(
        WorldWeights.REWARD_HEAD + ".indices",
        positions(tokens, offset -> offset == ACTION_OFFSET));
    buffers.put(
        WorldWeights.END_HEAD + ".indices", positions(tokens, offset -> offset == ACTION_OFFSET));
    buffers.put("head_q.indices", positions(tokens, offset -> offset == Q_OFFSET));
    buffers.put("head_q_target.indices", positions(tokens, offset -> offset == Q_OFFSET));
    return buffers;
  }

  private static Tensor positions(int tokens, IntPredicate offsets) {
    long[] positions =
        IntStream.range(0, tokens)
            .filter(position -> offsets.test(position % BLOCK_TOKENS))
            .asLongStream()
            .toArray();
    return Tensors.of(positions, positions.length);
  }
}
