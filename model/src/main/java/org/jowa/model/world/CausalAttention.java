package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.OperatorHandle;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

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
  private final Slab triangle = new Slab();
  private final Slab rowsByHead = new Slab();
  private final Slab columnsByHead = new Slab();
  private final Slab weightGradient = new Slab();
  private final Slab keyGradient = new Slab();
  private final Slab valueGradient = new Slab();

  /** What one layer keeps from forward to backward. */
  static final class Saved implements AutoCloseable {
    private final Slab projected = new Slab();
    private final List<Slab> weights = new ArrayList<>();
    private final List<Slab> dropped = new ArrayList<>();
    private Tensor[] keyQueryValue;
    private final Tensor[] weightsOf = new Tensor[RowBlock.COUNT];
    private final Tensor[] droppedOf = new Tensor[RowBlock.COUNT];

    Saved() {
      for (int i = 0; i < RowBlock.COUNT; i++) {
        weights.add(new Slab());
        dropped.add(new Slab());
      }
    }

    @Override
    public void close() {
      projected.close();
      weights.forEach(Slab::close);
      dropped.forEach(Slab::close);
    }
  }

  CausalAttention(WorldConfig config) {
    heads = config.heads();
    headWidth = config.headWidth();
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
    Scalar zero = new Scalar(0.0);
    Scalar scale = new Scalar(1 / Math.sqrt(headWidth));
    Tensor contextByHead = context.view(batch, tokens, heads, headWidth);
    for (RowBlock block : blocks) {
      int i = block.index();
      int rows = block.rows();
      Tensor weights = saved.weights.get(i).view((long) batch * heads, rows, block.columns());
      Tensor query = parts[QUERY].narrow(1, block.first(), rows);
      Tensor key = parts[KEY].narrow(1, 0, block.columns());
      weights.baddbmm_(query, key.transpose(1, 2), zero, scale);
      weights.narrow(2, block.first(), rows).add_(causalTriangle(rows));
      torch.softmax_out(weights, weights, -1);
      Tensor mask = masks.attention(layer, block);
      Tensor dropped = weights;
      if (mask != null) {
        dropped = saved.dropped.get(i).view((long) batch * heads, rows, block.columns());
        torch.mul_out(dropped, weights, mask);
      }
      saved.weightsOf[i] = weights;
      saved.droppedOf[i] = dropped;
      Tensor attended = rowsByHead.view((long) batch * heads, rows, headWidth);
      torch.bmm_out(attended, dropped, parts[VALUE].narrow(1, 0, block.columns()));
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
    Scalar zero = new Scalar(0.0);
    Scalar scale = new Scalar(1 / Math.sqrt(headWidth));
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
      Tensor weights = weightGradient.view(groups, rows, columns);
      torch.bmm_out(weights, attended, value.narrow(1, 0, columns).transpose(1, 2));
      Tensor valuePart = first ? values : columnsByHead.view(groups, columns, headWidth);
      torch.bmm_out(valuePart, saved.droppedOf[i].transpose(1, 2), attended);
      if (!first) {
        values.narrow(1, 0, columns).add_(valuePart);
      }
      Tensor mask = masks.attention(layer, block);
      if (mask != null) {
        weights.mul_(mask);
      }
      softmax.apply(weights, saved.weightsOf[i]);
      Tensor queryPart = rowsByHead.view(groups, rows, headWidth);
      queryPart.baddbmm_(weights, key.narrow(1, 0, columns), zero, scale);
      target
          .select(0, QUERY)
          .narrow(2, block.first(), rows)
          .copy_(queryPart.view(batch, heads, rows, headWidth));
      Tensor keyPart = first ? keys : columnsByHead.view(groups, columns, headWidth);
      keyPart.baddbmm_(weights.transpose(1, 2), query.narrow(1, block.first(), rows), zero, scale);
      if (!first) {
        keys.narrow(1, 0, columns).add_(keyPart);
      }
    }
    target.select(0, KEY).copy_(keys.view(batch, heads, tokens, headWidth));
    target.select(0, VALUE).copy_(values.view(batch, heads, tokens, headWidth));
  }

  /** {@code [B*S, 3E]} seen as {@code [3, B, heads, S, E/heads]}. */
  private Tensor splitHeads(Tensor projected, int batch, int tokens) {
    return projected.view(batch, tokens, 3, heads, headWidth).permute(2, 0, 3, 1, 4);
  }

  /** Minus infinity above the diagonal, zero elsewhere. */
  private Tensor causalTriangle(int rows) {
    Tensor matrix = triangle.view(rows, rows);
    float[] values = new float[rows * rows];
    for (int row = 0; row < rows; row++) {
      for (int column = row + 1; column < rows; column++) {
        values[row * rows + column] = Float.NEGATIVE_INFINITY;
      }
    }
    matrix.data_ptr_float().put(values, 0, values.length);
    return matrix;
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
        List.of(triangle, rowsByHead, columnsByHead, weightGradient, keyGradient, valueGradient)) {
      slab.close();
    }
  }
}
