package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;

/**
 * Embeddings, blocks and final normalisation, forward and backward, on memory that is used again in
 * every step. The backward pass is written out instead of recorded: weight gradients are added by
 * the products themselves, and nothing is allocated.
 */
final class Transformer {
  private final WorldConfig config;
  private final Activations activations;
  private final TokenEmbedding embedding;
  private final List<TransformerBlock> blocks = new ArrayList<>();
  private final LayerNorm finalNorm;

  Transformer(
      WorldConfig config,
      WorldTensors weights,
      WorldTensors gradients,
      Activations activations,
      Compute compute,
      Products products,
      Optional<NeighbourhoodNetwork> neighbourhood) {
    this.config = config;
    this.activations = activations;
    embedding =
        new TokenEmbedding(
            config, weights, gradients, activations.embedding, compute.device(), neighbourhood);
    CausalAttention attention = new CausalAttention(config, compute, products, activations.scratch);
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(
          new TransformerBlock(
              layer,
              weights.blocks().get(layer),
              gradients.blocks().get(layer),
              activations.blocks.get(layer),
              activations.scratch,
              compute,
              products,
              attention));
    }
    finalNorm = new LayerNorm(weights.finalNorm(), gradients.finalNorm(), activations.finalNorm);
  }

  /**
   * @param masks dropout, drawn for this batch
   * @return features {@code [B*S, E]} after the final normalisation, on memory that the next call
   *     uses again
   */
  Tensor forward(WorldBatch batch, List<RowBlock> rowBlocks, DropoutMasks masks) {
    int tokens = batch.steps() * WorldConfig.BLOCK_TOKENS;
    Pass pass = new Pass(batch.size(), tokens, config.width(), rowBlocks, masks);
    activations.pass = pass;
    Tensor stream = embedding.forward(batch, masks);
    for (TransformerBlock block : blocks) {
      stream = block.forward(stream, pass);
    }
    return finalNorm.forward(stream);
  }

  /**
   * Adds the gradients of the weights for the batch of the last forward pass.
   *
   * @param gradient of the features, {@code [B*S, E]}
   * @param blockDone told of each block, the last first, when its gradients are complete
   */
  void backward(Tensor gradient, IntConsumer blockDone) {
    Pass pass = activations.pass;
    Tensor stream = activations.streamGradient.view(pass.rows(), pass.width()).zero_();
    finalNorm.backward(gradient, stream);
    for (int layer = blocks.size() - 1; layer >= 0; layer--) {
      blocks.get(layer).backward(stream, pass);
      blockDone.accept(layer);
    }
    embedding.backward(stream, pass.masks());
  }
}
