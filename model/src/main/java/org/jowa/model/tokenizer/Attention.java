package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Single-head attention over the positions of a feature map, added to the input. Autograd's. */
record Attention(Norm norm, Conv query, Conv key, Conv value, Conv output) {
  static Attention of(Layers layers, String name) {
    return new Attention(
        Norm.of(layers, name + ".norm"),
        Conv.of(layers, name + ".q"),
        Conv.of(layers, name + ".k"),
        Conv.of(layers, name + ".v"),
        Conv.of(layers, name + ".proj_out"));
  }

  /**
   * @param x channels last, [n, c, h, w]
   */
  Tensor apply(Tensor x) {
    long n = x.size(0);
    long channels = x.size(1);
    long height = x.size(2);
    long width = x.size(3);
    // With channels last this is a view: one row of channels per position.
    Tensor rows = norm.differentiable(x).permute(0, 2, 3, 1).reshape(n, height * width, channels);
    Tensor scaled = query.linear(rows).mul(new Scalar(1 / Math.sqrt(channels)));
    Tensor scores =
        query.multiply(scaled, key.linear(rows).transpose(1, 2)).toType(ScalarType.Float);
    Tensor weights = torch.softmax(scores, -1).toType(scaled.scalar_type());
    Tensor mixed =
        output.linear(value.multiply(weights, value.linear(rows))).toType(ScalarType.Float);
    return x.add(mixed.view(n, height, width, channels).permute(0, 3, 1, 2));
  }
}
