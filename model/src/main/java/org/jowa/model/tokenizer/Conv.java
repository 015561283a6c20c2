package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.FlatParameters;

/** A convolution's weight [out, in, kernel, kernel] and bias [out]. */
record Conv(Tensor weight, Tensor bias) {
  static Conv of(FlatParameters parameters, String name) {
    return new Conv(parameters.get(name + ".weight"), parameters.get(name + ".bias"));
  }

  long kernel() {
    return weight.size(2);
  }

  /** As a linear layer, for 1x1 kernels: [..., in] to [..., out]. */
  Tensor linear(Tensor x) {
    return torch.linear(x, weight.view(weight.size(0), weight.size(1)), new TensorOptional(bias));
  }
}
