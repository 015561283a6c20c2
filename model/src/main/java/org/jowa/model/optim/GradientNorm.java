package org.jowa.model.optim;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/** The L2 norm of a flat tensor: exact to fp32 rounding, the same for any number of threads. */
final class GradientNorm {
  /** Elements whose squares are summed in fp32 by one thread before fp64 takes over. */
  private static final long CHUNK = 4096;

  private GradientNorm() {}

  /**
   * @param flat contiguous fp32 [n]
   */
  static double of(Tensor flat) {
    try (StepScope scope = StepScope.inference()) {
      long elements = flat.numel();
      long chunks = elements / CHUNK;
      TensorVector norms = new TensorVector();
      if (chunks > 0) {
        norms.push_back(norms(flat.narrow(0, 0, chunks * CHUNK).view(chunks, CHUNK)));
      }
      if (elements > chunks * CHUNK) {
        norms.push_back(
            norms(flat.narrow(0, chunks * CHUNK, elements - chunks * CHUNK).view(1, -1)));
      }
      double sum = 0;
      for (float norm : norms.empty() ? new float[0] : Tensors.floats(torch.cat(norms, 0))) {
        sum += (double) norm * norm;
      }
      return Math.sqrt(sum);
    }
  }

  private static Tensor norms(Tensor rows) {
    return torch.linalg_vector_norm(
        rows, new Scalar(2.0), new long[] {1}, false, new ScalarTypeOptional());
  }
}
