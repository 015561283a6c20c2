package org.jowa.model.train;

import java.util.Locale;
import java.util.zip.CRC32C;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.collective.Collective;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/** Proves that all ranks hold the same weights, to the last bit. */
public final class WeightDigest {
  private static final long CHUNK = 1 << 26;

  private WeightDigest() {}

  /**
   * Compares the weights of all ranks.
   *
   * @param state of this moment, for the message
   * @param busy whether this rank has something to wait for
   * @return whether any rank has
   * @throws IllegalStateException naming the first rank that differs from rank 0
   */
  public static boolean requireEqual(
      Collective collective, Tensor weights, CheckpointState state, boolean busy) {
    double[] digests = new double[collective.worldSize() + 1];
    digests[collective.rank()] = of(weights);
    digests[collective.worldSize()] = busy ? 1 : 0;
    collective.allReduceSum(digests);
    for (int rank = 1; rank < collective.worldSize(); rank++) {
      if (digests[rank] != digests[0]) {
        throw new IllegalStateException(
            String.format(
                Locale.ROOT,
                "Weights of rank %d differ from those of rank 0 after step %d: all ranks need the"
                    + " same kind of CPU, libraries and number of threads",
                rank,
                state.step()));
      }
    }
    return digests[collective.worldSize()] > 0;
  }

  /** CRC-32C of the tensor's bytes, which the CPU computes in hardware. */
  private static long of(Tensor weights) {
    CRC32C crc = new CRC32C();
    try (StepScope scope = StepScope.inference()) {
      long bytes = Tensors.bytes(weights);
      for (long offset = 0; offset < bytes; offset += CHUNK) {
        long elements = Math.min(CHUNK, bytes - offset) / weights.element_size();
        Tensor part = weights.narrow(0, offset / weights.element_size(), elements);
        crc.update(Tensors.buffer(Tensors.onHost(part)));
      }
    }
    return crc.getValue();
  }
}
