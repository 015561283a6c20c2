package org.jowa.model.world;

import java.util.ArrayList;
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
import org.jowa.model.torch.Slab;
import org.jowa.model.torch.Tensors;

/**
 * Multi-head causal attention over whole sequences, in row blocks, with its backward pass. The
 * memory of temporary results is shared by all layers; what a backward pass needs again is in
 * {@link Saved}, one for each layer.
 */
final class CausalAttention implements AutoCloseable {
  private static final int KEY = 0;
  private static final int QUERY = 1;
  private static final int VALUE = 2;

  private final int heads;
  private final int headWidth;
  private final Compute compute;
  private final Products products;
  private final Slab scores;
  private final Slab rowsByHead;
  private final Slab columnsByHead;
  private final Slab weightGradient;
  private final Slab keyGradient;
  private final Slab valueGradient;
  private Tensor triangle;

  /** What one layer keeps from forward to backward. */
  static final class Saved implements AutoCloseable {
    private final Slab projected;
    private final List<Slab> weights = new ArrayList<>();
    private final List<Slab> dropped = new ArrayList<>();
    private Tensor[] keyQueryValue;
    private final Tensor[] weightsOf = new Tensor[RowBlock.COUNT];
    private final Tensor[] droppedOf = new Tensor[RowBlock.COUNT];

    Saved(Compute compute) {
      projected = compute.productSlab();
      for (int i = 0; i < RowBlock.COUNT; i++) {
        weights.add(compute.slab());
        dropped.add(compute.productSlab());
      }
    }

    @Override
    public void close() {
      projected.close();
      weights.forEach(Slab::close);
      dropped.forEach(Slab::close);
    }
  }

  CausalAttention(WorldConfig config, Compute compute, Products products) {
    heads = config.heads();
    headWidth = config.headWidth();
    this.compute = compute;
    this.products = products;
    scores = compute.productSlab();
    rowsByHead = compute.productSlab();
    columnsByHead = compute.productSlab();
    weightGradient = compute.slab();
    keyGradient = compute.slab();
    valueGradient = compute.slab();
  }

  /**
   * @param projected keys, queries and values {@code [B*S, 3E]}
   * @param context receives the attended values {@code [B*S, E]}
   * @param masks dropout
   */
  void forward(
      Tensor projected,
      Tensor context,
      int batch,
      int tokens,
      List<RowBlock> blocks,
      int layer,
      DropoutMasks masks,
      Saved saved) {
    Tensor byHead = saved.projected.view(3, batch, heads, tokens, headWidth);
    byHead.copy_(splitHeads(projected, batch, tokens));
    Tensor[] parts = new Tensor[3];
    for (int i = 0; i < 3; i++) {
      parts[i] = byHead.select(0, i).view((long) batch * heads, tokens, headWidth);
    }
    saved.keyQueryValue = parts;
    double scale = 1 / Math.sqrt(headWidth);
    Tensor contextByHead = context.view(batch, tokens, heads, headWidth);
    for (RowBlock block : blocks) {
      int i = block.index();
      int rows = block.rows();
      Tensor weights = saved.weights.get(i).view((long) batch * heads, rows, block.columns());
      Tensor query = parts[QUERY].narrow(1, block.first(), rows);
      Tensor key = parts[KEY].narrow(1, 0, block.columns());
      Tensor product = compute.productFor(weights, scores);
      products.multiply(product, query, key.transpose(1, 2), scale);
      compute.store(product, weights);
      weights.narrow(2, block.first(), rows).add_(causalTriangle(rows));
      torch.softmax_out(weights, weights, -1);
      Tensor mask = masks.attention(layer, block);
      Slab droppedSlab = saved.dropped.get(i);
      Tensor dropped =
          mask == null
              ? compute.operand(weights, droppedSlab)
              : torch.mul_out(droppedSlab.view(weights.shape()), weights, mask);
      saved.weightsOf[i] = weights;
      saved.droppedOf[i] = dropped;
      Tensor attended = rowsByHead.view((long) batch * heads, rows, headWidth);
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
      int batch,
      int tokens,
      List<RowBlock> blocks,
      int layer,
      DropoutMasks masks,
      Saved saved) {
    long groups = (long) batch * heads;
    Tensor key = saved.keyQueryValue[KEY];
    Tensor query = saved.keyQueryValue[QUERY];
    Tensor value = saved.keyQueryValue[VALUE];
    Tensor keys = keyGradient.view(groups, tokens, headWidth);
    Tensor values = valueGradient.view(groups, tokens, headWidth);
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
      Tensor attended = rowsByHead.view(groups, rows, headWidth);
      attended
          .view(batch, heads, rows, headWidth)
          .copy_(contextByHead.narrow(1, block.first(), rows).transpose(1, 2));
      Tensor gradient = weightGradient.view(groups, rows, columns);
      Tensor product = compute.productFor(gradient, scores);
      products.multiply(product, attended, value.narrow(1, 0, columns).transpose(1, 2));
      compute.store(product, gradient);
      Tensor valuePart = columnPart(values, columns, first);
      products.multiply(valuePart, saved.droppedOf[i].transpose(1, 2), attended);
      addColumns(valuePart, values, first);
      Tensor mask = masks.attention(layer, block);
      if (mask != null) {
        gradient.mul_(mask);
      }
      softmax.apply(gradient, saved.weightsOf[i]);
      Tensor weights = compute.operand(gradient, scores);
      Tensor queryPart = rowsByHead.view(groups, rows, headWidth);
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
        ? compute.productFor(sum, columnsByHead)
        : columnsByHead.view(sum.size(0), columns, headWidth);
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

  /** Minus infinity above the diagonal, zero elsewhere. */
  private Tensor causalTriangle(int rows) {
    if (triangle == null || triangle.size(0) < rows) {
      releaseTriangle();
      triangle = Tensors.keep(newTriangle(rows));
    }
    return triangle.narrow(0, 0, rows).narrow(1, 0, rows);
  }

  private Tensor newTriangle(int rows) {
    float[] values = new float[rows * rows];
    for (int row = 0; row < rows; row++) {
      for (int column = row + 1; column < rows; column++) {
        values[row * rows + column] = Float.NEGATIVE_INFINITY;
      }
    }
    return compute.device().put(Tensors.of(values, rows, rows));
  }

  private void releaseTriangle() {
    if (triangle != null) {
      Tensors.release(triangle);
      triangle = null;
    }
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

  @Override
  public void close() {
    for (Slab slab :
        List.of(scores, rowsByHead, columnsByHead, weightGradient, keyGradient, valueGradient)) {
      slab.close();
    }
    releaseTriangle();
  }
}
