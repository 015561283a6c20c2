package org.jowa.model.world;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

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
  private final CausalAttention.Saved attention = new CausalAttention.Saved();
  private final Slab contextSlab = new Slab();
  private final Slab middleSlab = new Slab();
  private final Slab hiddenSlab = new Slab();
  private final Slab activatedSlab = new Slab();
  private final Slab outputSlab = new Slab();
  private Tensor normed1;
  private Tensor normed2;
  private Tensor context;
  private Tensor hidden;
  private Tensor activated;

  /** Memory that the blocks use in turn, and what they share. */
  static final class Scratch implements AutoCloseable {
    final CausalAttention attention;
    final Slab projected = new Slab();
    final Slab narrow = new Slab();
    final Slab wide = new Slab();

    Scratch(WorldConfig config) {
      attention = new CausalAttention(config);
    }

    @Override
    public void close() {
      attention.close();
      projected.close();
      narrow.close();
      wide.close();
    }
  }

  /** Shape of a pass: {@code [batch, tokens, width]}, its row blocks and its dropout. */
  record Pass(int batch, int tokens, long width, List<RowBlock> rowBlocks, DropoutMasks masks) {
    long rows() {
      return (long) batch * tokens;
    }
  }

  TransformerBlock(int layer, LayerTensors weights, LayerTensors gradients) {
    this.layer = layer;
    this.weights = weights;
    this.gradients = gradients;
    norm1 = new LayerNorm(weights.norm1(), gradients.norm1());
    norm2 = new LayerNorm(weights.norm2(), gradients.norm2());
  }

  /**
   * @param input {@code [B*S, E]}, left as it is and needed until the backward pass
   * @return {@code [B*S, E]}
   */
  Tensor forward(Tensor input, Pass pass, Scratch scratch) {
    long n = pass.rows();
    long width = pass.width();
    normed1 = norm1.forward(input);
    Tensor projected = linear(scratch.projected.view(n, 3 * width), normed1, weights.attention());
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
    Tensor added = linear(scratch.narrow.view(n, width), context, weights.projection());
    Tensor middle = middleSlab.view(n, width);
    addDropped(middle, input, added, pass.masks().projection(layer));

    normed2 = norm2.forward(middle);
    hidden = linear(hiddenSlab.view(n, 4 * width), normed2, weights.expand());
    activated = activatedSlab.view(n, 4 * width);
    torch.gelu_out(activated, hidden);
    linear(added, activated, weights.contract());
    Tensor output = outputSlab.view(n, width);
    addDropped(output, middle, added, pass.masks().mlp(layer));
    return output;
  }

  /**
   * Adds the gradients of this block's weights and turns that of its output into that of its input.
   *
   * @param gradient {@code [B*S, E]}, changed in place
   */
  void backward(Tensor gradient, Pass pass, Scratch scratch) {
    long n = pass.rows();
    long width = pass.width();
    Tensor added = dropped(scratch.narrow.view(n, width), gradient, pass.masks().mlp(layer));
    Tensor wide = scratch.wide.view(n, 4 * width);
    linearBackward(added, activated, weights.contract(), gradients.contract(), wide);
    torch.gelu_backward_out(wide, wide, hidden);
    Tensor narrow = scratch.narrow.view(n, width);
    linearBackward(wide, normed2, weights.expand(), gradients.expand(), narrow);
    norm2.backward(narrow, gradient);

    added = dropped(narrow, gradient, pass.masks().projection(layer));
    Tensor contextGradient = wide.view(4 * n, width).narrow(0, 0, n);
    linearBackward(added, context, weights.projection(), gradients.projection(), contextGradient);
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
    linearBackward(projected, normed1, weights.attention(), gradients.attention(), narrow);
    norm1.backward(narrow, gradient);
  }

  /** {@code output = input * weight^T + bias}. */
  private static Tensor linear(Tensor output, Tensor input, LayerTensors.Linear weights) {
    return torch.addmm_out(output, weights.bias(), input, weights.weight().t());
  }

  /** Adds to the gradients of a linear layer and sets that of its input. */
  private static void linearBackward(
      Tensor gradient,
      Tensor input,
      LayerTensors.Linear weights,
      LayerTensors.Linear gradients,
      Tensor inputGradient) {
    gradients.weight().addmm_(gradient.t(), input);
    gradients.bias().add_(gradient.sum(0));
    torch.mm_out(inputGradient, gradient, weights.weight());
  }

  private static void addDropped(Tensor output, Tensor stream, Tensor added, Tensor mask) {
    if (mask == null) {
      torch.add_out(output, stream, added);
    } else {
      torch.addcmul_out(output, stream, added, mask);
    }
  }

  private static Tensor dropped(Tensor output, Tensor gradient, Tensor mask) {
    return mask == null ? gradient : torch.mul_out(output, gradient, mask);
  }

  @Override
  public void close() {
    norm1.close();
    norm2.close();
    attention.close();
    contextSlab.close();
    middleSlab.close();
    hiddenSlab.close();
    activatedSlab.close();
    outputSlab.close();
  }
}
