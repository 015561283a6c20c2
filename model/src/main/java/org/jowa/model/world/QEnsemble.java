package org.jowa.model.world;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * An ensemble of Q networks as ten stacked tensors, computed together (spec section 2.3): linear,
 * dropout, normalisation, Mish; linear, normalisation, Mish; linear.
 *
 * @param tensors weight and bias of a layer or a normalisation in turn, leading dimension the
 *     networks
 */
record QEnsemble(List<Tensor> tensors) {

  /**
   * @param rows features {@code [n, E]}
   * @param mask dropout factors {@code [n, networks, M]}, or null to drop nothing
   * @return {@code [networks, n, outputs]}
   */
  Tensor forward(Tensor rows, Tensor mask) {
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
    return torch.baddbmm(bias.unsqueeze(1), input, weight.transpose(1, 2));
  }

  private Tensor norm(Tensor input, int index) {
    Tensor normed = torch.layer_norm(input, input.size(2));
    return torch.addcmul(
        tensors.get(index + 1).unsqueeze(1), normed, tensors.get(index).unsqueeze(1));
  }
}
