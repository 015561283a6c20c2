package org.jowa.model.optim;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
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
      double sum = 0;
      if (chunks > 0) {
        Tensor rows = flat.narrow(0, 0, chunks * CHUNK).view(chunks, CHUNK);
        for (float norm : Tensors.floats(norms(rows))) {
          sum += (double) norm * norm;
        }
      }
      if (elements > chunks * CHUNK) {
        Tensor rest = flat.narrow(0, chunks * CHUNK, elements - chunks * CHUNK).view(1, -1);
        double norm = norms(rest).item_float();
        sum += norm * norm;
      }
      return Math.sqrt(sum);
    }
  }

  private static Tensor norms(Tensor rows) {
    return torch.linalg_vector_norm(
        rows, new Scalar(2.0), new long[] {1}, false, new ScalarTypeOptional());
  }
}
