package org.jowa.model.world;

import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;

/**
 * Multi-head causal attention over whole sequences, in row blocks, with its backward pass. All
 * layers share it; what their backward passes need is in {@link Activations.Attention}.
 */
final class CausalAttention {
  private static final int KEY = 0;
  private static final int QUERY = 1;
  private static final int VALUE = 2;

  private final int heads;
  private final int headWidth;
  private final Compute compute;
  private final Products products;
  private final Activations.Scratch scratch;

  CausalAttention(
      WorldConfig config, Compute compute, Products products, Activations.Scratch scratch) {
    heads = config.heads();
    headWidth = config.headWidth();
    this.compute = compute;
    this.products = products;
    this.scratch = scratch;
  }

  /**
   * @param projected keys, queries and values {@code [B*S, 3E]}
   * @param context receives the attended values {@code [B*S, E]}
   * @param state receives what the backward pass needs
   */
  void forward(
      Tensor projected, Tensor context, Pass pass, int layer, Activations.Attention state) {
    int batch = pass.batch();
    int tokens = pass.tokens();
    Tensor byHead = state.projected.view(3, batch, heads, tokens, headWidth);
    byHead.copy_(splitHeads(projected, batch, tokens));
    Tensor[] parts = new Tensor[3];
    for (int i = 0; i < 3; i++) {
      parts[i] = byHead.select(0, i).view((long) batch * heads, tokens, headWidth);
    }
    state.keyQueryValue = parts;
    double scale = 1 / Math.sqrt(headWidth);
    Tensor contextByHead = context.view(batch, tokens, heads, headWidth);
    for (RowBlock block : pass.rowBlocks()) {
      int i = block.index();
      int rows = block.rows();
      Tensor weights = state.weights.get(i).view((long) batch * heads, rows, block.columns());
      Tensor query = parts[QUERY].narrow(1, block.first(), rows);
      Tensor key = parts[KEY].narrow(1, 0, block.columns());
      Tensor product = compute.productFor(weights, scratch.scores);
      products.multiply(product, query, key.transpose(1, 2), scale);
      compute.store(product, weights);
      weights
          .narrow(2, block.first(), rows)
          .add_(scratch.triangle.narrow(0, 0, rows).narrow(1, 0, rows));
      torch.softmax_out(weights, weights, -1);
      Tensor mask = pass.masks().attention(layer, block);
      Tensor dropped =
          mask == null
              ? compute.operand(weights, state.dropped.get(i))
              : torch.mul_out(state.dropped.get(i).view(weights.shape()), weights, mask);
      state.weightsOf[i] = weights;
      state.droppedOf[i] = dropped;
      Tensor attended = scratch.rowsByHead.view((long) batch * heads, rows, headWidth);
      products.multiply(attended, dropped, parts[VALUE].narrow(1, 0, block.columns()));
      contextByHead
          .narrow(1, block.first(), rows)
          .copy_(attended.view(batch, heads, rows, headWidth).transpose(1, 2));
    }
  }

  /**
   * @param contextGradient {@code [B*S, E]}
   * @param projectedGradient receives the gradient of keys, queries and values {@code [B*S, 3E]}
   */
  void backward(
      Tensor contextGradient,
      Tensor projectedGradient,
      Pass pass,
      int layer,
      Activations.Attention state) {
    int batch = pass.batch();
    int tokens = pass.tokens();
    List<RowBlock> blocks = pass.rowBlocks();
    long groups = (long) batch * heads;
    Tensor key = state.keyQueryValue[KEY];
    Tensor query = state.keyQueryValue[QUERY];
    Tensor value = state.keyQueryValue[VALUE];
    Tensor keys = scratch.keyGradient.view(groups, tokens, headWidth);
    Tensor values = scratch.valueGradient.view(groups, tokens, headWidth);
    Tensor target = splitHeads(projectedGradient, batch, tokens);
    Tensor contextByHead = contextGradient.view(batch, tokens, heads, headWidth);
    double scale = 1 / Math.sqrt(headWidth);
    SoftmaxBackward softmax = new SoftmaxBackward();
    // From the last block on, which sees all columns and so sets every element of the sums.
    for (int i = blocks.size() - 1; i >= 0; i--) {
      RowBlock block = blocks.get(i);
      int rows = block.rows();
      int columns = block.columns();
      boolean first = i == blocks.size() - 1;
      Tensor attended = scratch.rowsByHead.view(groups, rows, headWidth);
      attended
          .view(batch, heads, rows, headWidth)
          .copy_(contextByHead.narrow(1, block.first(), rows).transpose(1, 2));
      Tensor gradient = scratch.weightGradient.view(groups, rows, columns);
      Tensor product = compute.productFor(gradient, scratch.scores);
      products.multiply(product, attended, value.narrow(1, 0, columns).transpose(1, 2));
      compute.store(product, gradient);
      Tensor valuePart = columnPart(values, columns, first);
      products.multiply(valuePart, state.droppedOf[i].transpose(1, 2), attended);
      addColumns(valuePart, values, first);
      Tensor mask = pass.masks().attention(layer, block);
      if (mask != null) {
        gradient.mul_(mask);
      }
      softmax.apply(gradient, state.weightsOf[i]);
      Tensor weights = compute.operand(gradient, scratch.scores);
      Tensor queryPart = scratch.rowsByHead.view(groups, rows, headWidth);
      products.multiply(queryPart, weights, key.narrow(1, 0, columns), scale);
      target
          .select(0, QUERY)
          .narrow(2, block.first(), rows)
          .copy_(queryPart.view(batch, heads, rows, headWidth));
      Tensor keyPart = columnPart(keys, columns, first);
      products.multiply(
          keyPart, weights.transpose(1, 2), query.narrow(1, block.first(), rows), scale);
      addColumns(keyPart, keys, first);
    }
    target.select(0, KEY).copy_(keys.view(batch, heads, tokens, headWidth));
    target.select(0, VALUE).copy_(values.view(batch, heads, tokens, headWidth));
  }

  /** Where a block computes its part of a sum over columns; the first one sets the sum itself. */
  private Tensor columnPart(Tensor sum, int columns, boolean first) {
    return first
        ? compute.productFor(sum, scratch.columnsByHead)
        : scratch.columnsByHead.view(sum.size(0), columns, headWidth);
  }

  private void addColumns(Tensor part, Tensor sum, boolean first) {
    if (first) {
      compute.store(part, sum);
    } else {
      sum.narrow(1, 0, part.size(1)).add_(part);
    }
  }

  /** {@code [B*S, 3E]} seen as {@code [3, B, heads, S, E/heads]}. */
  private Tensor splitHeads(Tensor projected, int batch, int tokens) {
    return projected.view(batch, tokens, 3, heads, headWidth).permute(2, 0, 3, 1, 4);
  }

  /** The gradient of a softmax over the last dimension, an operator without a JavaCPP mapping. */
  private static final class SoftmaxBackward {
    private final OperatorHandle operator =
        Dispatcher.singleton().findSchemaOrThrow("aten::_softmax_backward_data", "out");

    /** Turns the gradient of the outputs into that of the inputs, in place. */
    void apply(Tensor gradient, Tensor output) {
      IValueVector stack =
          new IValueVector(
              new IValue(gradient),
              new IValue(output),
              new IValue(-1L),
              new IValue((long) ScalarType.Float.value),
              new IValue(gradient));
      operator.callBoxed(stack);
    }
  }
}
