package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ProductWeights;
import org.jspecify.annotations.Nullable;

/**
 * An ensemble of Q networks as ten stacked tensors, computed together (spec section 2.3): linear,
 * dropout, normalisation, Mish; linear, normalisation, Mish; linear.
 *
 * @param tensors weight and bias of a layer or a normalisation in turn, leading dimension the
 *     networks; those of layers in the type of products
 * @param arithmetic the type in which products are computed
 */
record QEnsemble(List<Tensor> tensors, ScalarType arithmetic) {
  /** Places of the normalisations' tensors. */
  private static final Set<Integer> NORMS = Set.of(2, 3, 6, 7);

  /** The ensemble whose tensors' names start so. */
  static QEnsemble of(FlatParameters parameters, ProductWeights weights, String name) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < WorldWeights.Q_TENSORS; i++) {
      tensors.add(NORMS.contains(i) ? parameters.get(name + i) : weights.leaf(name + i));
    }
    return new QEnsemble(List.copyOf(tensors), weights.arithmetic());
  }

  /**
   * @param rows features {@code [n, E]}
   * @param mask dropout factors {@code [n, networks, M]}, or null to drop nothing
   * @return {@code [networks, n, outputs]}
   */
  Tensor forward(Tensor rows, @Nullable Tensor mask) {
    long networks = tensors.get(0).size(0);
    Tensor stacked = rows.unsqueeze(0).expand(networks, rows.size(0), rows.size(1));
    Tensor first = linear(stacked, 0);
    if (mask != null) {
      first = first.mul(mask.transpose(0, 1));
    }
    Tensor second = linear(torch.mish(norm(first, 2)), 4);
    return linear(torch.mish(norm(second, 6)), 8);
  }

  private Tensor linear(Tensor input, int index) {
    Tensor weight = tensors.get(index);
    Tensor bias = tensors.get(index + 1);
    ScalarType type = weight.scalar_type();
    Tensor product =
        torch.baddbmm(
            bias.unsqueeze(1).toType(arithmetic),
            input.toType(type).toType(arithmetic),
            weight.transpose(1, 2).toType(arithmetic));
    return product.toType(type).toType(ScalarType.Float);
  }

  private Tensor norm(Tensor input, int index) {
    Tensor normed = torch.layer_norm(input, input.size(2));
    return torch.addcmul(
        tensors.get(index + 1).unsqueeze(1), normed, tensors.get(index).unsqueeze(1));
  }
}
