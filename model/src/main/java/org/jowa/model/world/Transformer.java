package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Slab;

/**
 * Embeddings, blocks and final normalisation, forward and backward, on memory that is used again in
 * every step. The backward pass is written out instead of recorded: weight gradients are added by
 * the products themselves, and nothing is allocated.
 */
final class Transformer implements AutoCloseable {
  private final WorldConfig config;
  private final TokenEmbedding embedding;
  private final List<TransformerBlock> blocks = new ArrayList<>();
  private final LayerNorm finalNorm;
  private final TransformerBlock.Scratch scratch;
  private final Slab gradientSlab;
  private TransformerBlock.Pass pass;

  /**
   * @param weights fp32
   * @param productWeights the same in the type of products
   */
  Transformer(
      WorldConfig config,
      ParameterViews weights,
      ParameterViews productWeights,
      ParameterViews gradients,
      Compute compute,
      Products products,
      Optional<NeighbourhoodNetwork> neighbourhood) {
    this.config = config;
    embedding = new TokenEmbedding(config, weights, gradients, compute, neighbourhood);
    for (int layer = 0; layer < config.layers(); layer++) {
      blocks.add(
          new TransformerBlock(
              layer,
              LayerTensors.of(weights, productWeights, layer),
              LayerTensors.of(gradients, gradients, layer),
              compute));
    }
    finalNorm =
        new LayerNorm(
            LayerTensors.Norm.of(weights::view, WorldWeights.FINAL_NORM),
            LayerTensors.Norm.of(gradients::view, WorldWeights.FINAL_NORM),
            compute);
    scratch = new TransformerBlock.Scratch(config, compute, products);
    gradientSlab = compute.slab();
  }

  /**
   * @param masks dropout, drawn for this batch
   * @return features {@code [B*S, E]} after the final normalisation, on memory that the next call
   *     uses again
   */
  Tensor forward(WorldBatch batch, List<RowBlock> rowBlocks, DropoutMasks masks) {
    int tokens = batch.steps() * WorldConfig.BLOCK_TOKENS;
    pass = new TransformerBlock.Pass(batch.size(), tokens, config.width(), rowBlocks, masks);
    Tensor stream = embedding.forward(batch, masks);
    for (TransformerBlock block : blocks) {
      stream = block.forward(stream, pass, scratch);
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
    Tensor stream = gradientSlab.view(pass.rows(), pass.width()).zero_();
    finalNorm.backward(gradient, stream);
    for (int layer = blocks.size() - 1; layer >= 0; layer--) {
      blocks.get(layer).backward(stream, pass, scratch);
      blockDone.accept(layer);
    }
    embedding.backward(stream, pass.masks());
  }

  @Override
  public void close() {
    embedding.close();
    blocks.forEach(TransformerBlock::close);
    finalNorm.close();
    scratch.close();
    gradientSlab.close();
  }
}
