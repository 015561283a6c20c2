package org.jowa.model.tokenizer;

import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * Centres of clusters: Lloyd's algorithm from a start by k-means++.
 *
 * <p>Source: Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", 2007.
 */
final class KMeans {
  private static final int ITERATIONS = 10;

  private KMeans() {}

  /**
   * @param rows fp32 [m, d] on the CPU
   * @param k how many centres
   * @param key of the stream that the start is drawn from
   * @return fp32 [k, d], in the caller's pointer scope
   */
  static Tensor centres(Tensor rows, int k, long key) {
    Tensor centres = start(rows, k, key);
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      try (StepScope scope = StepScope.inference()) {
        Tensor nearest = new Codebook(centres).nearest(rows);
        Tensor sums = torch.zeros_like(centres).index_add_(0, nearest, rows, new Scalar(1));
        Tensor counts = torch.bincount(nearest, new TensorOptional(), k);
        Tensor chosen = counts.gt(new Scalar(0)).view(-1, 1);
        Tensor means = sums.div(torch.clamp_min(counts, new Scalar(1)).view(-1, 1));
        // A centre that nothing is near to stays.
        centres.copy_(torch.where(chosen, means, centres));
      }
    }
    return centres;
  }

  /** Each next centre is a row, the likelier the farther it is from those there are. */
  private static Tensor start(Tensor rows, int k, long key) {
    Tensor centres = Tensors.zeros(ScalarType.Float, k, rows.size(1));
    double[] distances = new double[Math.toIntExact(rows.size(0))];
    Arrays.fill(distances, 1);
    for (int centre = 0; centre < k; centre++) {
      try (StepScope scope = StepScope.inference()) {
        int row = Weighted.index(distances, FunctionalRandom.uniform(key, centre));
        Tensor place = rows.narrow(0, row, 1);
        centres.narrow(0, centre, 1).copy_(place);
        float[] now = Tensors.floats(new Codebook(place).distances(rows).view(-1));
        for (int i = 0; i < distances.length; i++) {
          double distance = Math.max(0, now[i]);
          distances[i] = centre == 0 ? distance : Math.min(distances[i], distance);
        }
        // Rounding would keep it a little away from itself.
        distances[row] = 0;
      }
    }
    return centres;
  }
}
