package org.jowa.model.world;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Slab;

/**
 * One pre-norm transformer block with its backward pass. It keeps what the backward pass needs;
 * memory for results of the moment comes from {@link Scratch}, which all blocks share.
 */
final class TransformerBlock implements AutoCloseable {
  private final int layer;
  private final LayerTensors weights;
  private final LayerTensors gradients;
  private final LayerNorm norm1;
  private final LayerNorm norm2;
  private final Compute compute;
  private final CausalAttention.Saved attention;
  private final Slab normed1Slab;
  private final Slab contextSlab;
  private final Slab middleSlab;
  private final Slab normed2Slab;
  private final Slab hiddenSlab;
  private final Slab activatedSlab;
  private final Slab outputSlab;
  private Tensor normed1;
  private Tensor normed2;
  private Tensor context;
  private Tensor hidden;
  private Tensor activated;

  /** Memory that the blocks use in turn, and what they share. */
  static final class Scratch implements AutoCloseable {
    final CausalAttention attention;
    final Products products;
    final Slab projected;
    final Slab narrow;
    final Slab widened;
    final Slab wide;

    Scratch(WorldConfig config, Compute compute, Products products) {
      attention = new CausalAttention(config, compute, products);
      this.products = products;
      projected = compute.productSlab();
      narrow = compute.productSlab();
      widened = compute.slab();
      wide = compute.productSlab();
    }

    @Override
    public void close() {
      attention.close();
      projected.close();
      narrow.close();
      widened.close();
      wide.close();
    }
  }

  /** Shape of a pass: {@code [batch, tokens, width]}, its row blocks and its dropout. */
  record Pass(int batch, int tokens, long width, List<RowBlock> rowBlocks, DropoutMasks masks) {
    long rows() {
      return (long) batch * tokens;
    }
  }

  TransformerBlock(int layer, LayerTensors weights, LayerTensors gradients, Compute compute) {
    this.layer = layer;
    this.weights = weights;
    this.gradients = gradients;
    this.compute = compute;
    norm1 = new LayerNorm(weights.norm1(), gradients.norm1(), compute);
    norm2 = new LayerNorm(weights.norm2(), gradients.norm2(), compute);
    attention = new CausalAttention.Saved(compute);
    normed1Slab = compute.productSlab();
    contextSlab = compute.productSlab();
    middleSlab = compute.slab();
    normed2Slab = compute.productSlab();
    hiddenSlab = compute.productSlab();
    activatedSlab = compute.productSlab();
    outputSlab = compute.slab();
  }

  /**
   * @param input {@code [B*S, E]}, left as it is and needed until the backward pass
   * @return {@code [B*S, E]}
   */
  Tensor forward(Tensor input, Pass pass, Scratch scratch) {
    long n = pass.rows();
    long width = pass.width();
    normed1 = compute.operand(norm1.forward(input), normed1Slab);
    Products products = scratch.products;
    Tensor projected =
        products.linear(scratch.projected.view(n, 3 * width), normed1, weights.attention());
    context = contextSlab.view(n, width);
    scratch.attention.forward(
        projected,
        context,
        pass.batch(),
        pass.tokens(),
        pass.rowBlocks(),
        layer,
        pass.masks(),
        attention);
    Tensor added = products.linear(scratch.narrow.view(n, width), context, weights.projection());
    Tensor middle = middleSlab.view(n, width);
    addDropped(middle, input, added, pass.masks().projection(layer));

    normed2 = compute.operand(norm2.forward(middle), normed2Slab);
    hidden = products.linear(hiddenSlab.view(n, 4 * width), normed2, weights.expand());
    activated = activatedSlab.view(n, 4 * width);
    torch.gelu_out(activated, hidden);
    products.linear(added, activated, weights.contract());
    Tensor output = outputSlab.view(n, width);
    addDropped(output, middle, added, pass.masks().mlp(layer));
    return output;
  }

  /**
   * Adds the gradients of this block's weights and turns that of its output into that of its input.
   *
   * <p>Buffers of {@link Scratch} serve in turn; a result takes the place of one that nobody reads
   * any more. {@code wide}: the gradient of the activated rows, in place of it that of the hidden
   * ones, then in its first quarter that of the attention's result. {@code narrow}: the output's
   * gradient behind dropout until a layer has taken it, then that of a normalisation's result.
   *
   * @param gradient {@code [B*S, E]}, changed in place
   */
  void backward(Tensor gradient, Pass pass, Scratch scratch) {
    long n = pass.rows();
    long width = pass.width();
    Tensor added = dropped(scratch.narrow, gradient, pass.masks().mlp(layer));
    Tensor wide = scratch.wide.view(n, 4 * width);
    Products products = scratch.products;
    linearBackward(products, added, activated, weights.contract(), gradients.contract(), wide);
    torch.gelu_backward_out(wide, wide, hidden);
    Tensor narrow = scratch.narrow.view(n, width);
    linearBackward(products, wide, normed2, weights.expand(), gradients.expand(), narrow);
    norm2.backward(compute.widened(narrow, scratch.widened), gradient);

    added = dropped(scratch.narrow, gradient, pass.masks().projection(layer));
    Tensor contextGradient = wide.view(4 * n, width).narrow(0, 0, n);
    linearBackward(
        products, added, context, weights.projection(), gradients.projection(), contextGradient);
    Tensor projected = scratch.projected.view(n, 3 * width);
    scratch.attention.backward(
        contextGradient,
        projected,
        pass.batch(),
        pass.tokens(),
        pass.rowBlocks(),
        layer,
        pass.masks(),
        attention);
    linearBackward(
        products, projected, normed1, weights.attention(), gradients.attention(), narrow);
    norm1.backward(compute.widened(narrow, scratch.widened), gradient);
  }

  /** Adds to the gradients of a linear layer and sets that of its input. */
  private static void linearBackward(
      Products products,
      Tensor gradient,
      Tensor input,
      LayerTensors.Linear weights,
      LayerTensors.Linear gradients,
      Tensor inputGradient) {
    products.add(gradients.weight(), gradient.t(), input);
    products.addRows(gradients.bias(), gradient);
    products.multiply(inputGradient, gradient, weights.weight());
  }

  private static void addDropped(Tensor output, Tensor stream, Tensor added, Tensor mask) {
    if (mask == null) {
      torch.add_out(output, stream, added);
    } else {
      torch.addcmul_out(output, stream, added, mask);
    }
  }

  /** A gradient behind dropout as a factor of products. */
  private Tensor dropped(Slab slab, Tensor gradient, Tensor mask) {
    return mask == null
        ? compute.operand(gradient, slab)
        : torch.mul_out(slab.view(gradient.shape()), gradient, mask);
  }

  @Override
  public void close() {
    norm1.close();
    norm2.close();
    attention.close();
    normed1Slab.close();
    contextSlab.close();
    middleSlab.close();
    normed2Slab.close();
    hiddenSlab.close();
    activatedSlab.close();
    outputSlab.close();
  }
}
