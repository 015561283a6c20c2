package org.jowa.model.world;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Slab;
import org.jspecify.annotations.Nullable;

/**
 * One pre-norm transformer block with its backward pass. What that needs is in {@link
 * Activations.Block}; memory for results of the moment is {@link Activations.Scratch}, which all
 * blocks share.
 */
final class TransformerBlock {
  private final int layer;
  private final WorldTensors.Block weights;
  private final WorldTensors.Block gradients;
  private final Activations.Block state;
  private final Activations.Scratch scratch;
  private final Compute compute;
  private final Products products;
  private final CausalAttention attention;
  private final LayerNorm norm1;
  private final LayerNorm norm2;

  /**
   * @param attention which all blocks share
   */
  TransformerBlock(
      int layer,
      WorldTensors.Block weights,
      WorldTensors.Block gradients,
      Activations.Block state,
      Activations.Scratch scratch,
      Compute compute,
      Products products,
      CausalAttention attention) {
    this.layer = layer;
    this.weights = weights;
    this.gradients = gradients;
    this.state = state;
    this.scratch = scratch;
    this.compute = compute;
    this.products = products;
    this.attention = attention;
    norm1 = new LayerNorm(weights.norm1(), gradients.norm1(), state.norm1);
    norm2 = new LayerNorm(weights.norm2(), gradients.norm2(), state.norm2);
  }

  /**
   * @param input {@code [B*S, E]}, left as it is and needed until the backward pass
   * @return {@code [B*S, E]}
   */
  Tensor forward(Tensor input, Pass pass) {
    long n = pass.rows();
    long width = pass.width();
    state.normed1 = compute.operand(norm1.forward(input), state.normed1Slab);
    Tensor projected = scratch.projected.view(n, 3 * width);
    products.linear(projected, state.normed1, weights.attention());
    state.context = state.contextSlab.view(n, width);
    attention.forward(projected, state.context, pass, layer, state.attention);
    Tensor added = scratch.narrow.view(n, width);
    products.linear(added, state.context, weights.projection());
    Tensor middle = state.middle.view(n, width);
    addDropped(middle, input, added, pass.masks().projection(layer));

    state.normed2 = compute.operand(norm2.forward(middle), state.normed2Slab);
    state.hidden = state.hiddenSlab.view(n, 4 * width);
    products.linear(state.hidden, state.normed2, weights.expand());
    state.activated = state.activatedSlab.view(n, 4 * width);
    torch.gelu_out(state.activated, state.hidden);
    products.linear(added, state.activated, weights.contract());
    Tensor output = state.output.view(n, width);
    addDropped(output, middle, added, pass.masks().mlp(layer));
    return output;
  }

  /**
   * Adds the gradients of this block's weights and turns that of its output into that of its input.
   *
   * <p>Buffers of {@link Activations.Scratch} serve in turn; a result takes the place of one that
   * nobody reads any more. {@code wide}: the gradient of the activated rows, in place of it that of
   * the hidden ones, then in its first quarter that of the attention's result. {@code narrow}: the
   * output's gradient behind dropout until a layer has taken it, then that of a normalisation's
   * result.
   *
   * @param gradient {@code [B*S, E]}, changed in place
   */
  void backward(Tensor gradient, Pass pass) {
    long n = pass.rows();
    long width = pass.width();
    Tensor added = dropped(scratch.narrow, gradient, pass.masks().mlp(layer));
    Tensor wide = scratch.wide.view(n, 4 * width);
    linearBackward(added, state.activated, weights.contract(), gradients.contract(), wide);
    torch.gelu_backward_out(wide, wide, state.hidden);
    Tensor narrow = scratch.narrow.view(n, width);
    linearBackward(wide, state.normed2, weights.expand(), gradients.expand(), narrow);
    norm2.backward(compute.widened(narrow, scratch.widened), gradient);

    added = dropped(scratch.narrow, gradient, pass.masks().projection(layer));
    Tensor contextGradient = wide.view(4 * n, width).narrow(0, 0, n);
    linearBackward(
        added, state.context, weights.projection(), gradients.projection(), contextGradient);
    Tensor projected = scratch.projected.view(n, 3 * width);
    attention.backward(contextGradient, projected, pass, layer, state.attention);
    linearBackward(projected, state.normed1, weights.attention(), gradients.attention(), narrow);
    norm1.backward(compute.widened(narrow, scratch.widened), gradient);
  }

  /** Adds to the gradients of a linear layer and sets that of its input. */
  private void linearBackward(
      Tensor gradient,
      Tensor input,
      WorldTensors.Linear weights,
      WorldTensors.Linear gradients,
      Tensor inputGradient) {
    products.add(gradients.weight(), gradient.t(), input);
    products.addRows(gradients.bias(), gradient);
    products.multiply(inputGradient, gradient, weights.weight());
  }

  private static void addDropped(
      Tensor output, Tensor stream, Tensor added, @Nullable Tensor mask) {
    if (mask == null) {
      torch.add_out(output, stream, added);
    } else {
      torch.addcmul_out(output, stream, added, mask);
    }
  }

  /** A gradient behind dropout as a factor of products. */
  private Tensor dropped(Slab slab, Tensor gradient, @Nullable Tensor mask) {
    return mask == null
        ? compute.operand(gradient, slab)
        : torch.mul_out(slab.view(gradient.shape()), gradient, mask);
  }
}
