package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.FlatParameters;

/** Group norm with 2 groups and epsilon 1e-6. */
record Norm(Tensor weight, Tensor bias) {
  private static final long GROUPS = 2;
  private static final double EPSILON = 1e-6;

  static Norm of(FlatParameters parameters, String name) {
    return new Norm(parameters.get(name + ".weight"), parameters.get(name + ".bias"));
  }

  Tensor apply(Tensor x) {
    return torch.group_norm(
        x.contiguous(),
        GROUPS,
        new TensorOptional(weight),
        new TensorOptional(bias),
        EPSILON,
        false);
  }

  /** Followed by swish, x * sigmoid(x). */
  Tensor swish(Tensor x) {
    return torch.silu(apply(x));
  }
}
