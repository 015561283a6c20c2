package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.TokenizerObjective;

/**
 * The weighted reconstruction terms of some frames, and their gradient.
 *
 * @param sums of each frame, in units of a pixel's share of a mean: [n]
 * @param gradient of the sum of {@code sums} with respect to the reconstruction, in its shape
 */
record ReconstructionTerms(Tensor sums, Tensor gradient) {

  /**
   * @param difference reconstruction less original, [n, 1, 84, 84]
   * @param target what is drawn: less the background, if there is one
   */
  static ReconstructionTerms of(TokenizerObjective objective, Tensor difference, Tensor target) {
    if (objective.isPlain()) {
      return new ReconstructionTerms(perFrame(difference.abs()), difference.sign());
    }
    Tensor pixels =
        difference
            .abs()
            .mul(new Scalar(objective.l1()))
            .add(difference.square(), new Scalar(objective.l2()));
    Tensor gradient =
        difference
            .sign()
            .mul(new Scalar(objective.l1()))
            .add(difference, new Scalar(2 * objective.l2()));
    if (objective.movingPixels() != 1) {
      Tensor weights =
          target
              .ne(new Scalar(0))
              .toType(ScalarType.Float)
              .mul(new Scalar(objective.movingPixels() - 1))
              .add(new Scalar(1));
      pixels = pixels.mul(weights);
      gradient = gradient.mul(weights);
    }
    Tensor sums = perFrame(pixels);
    if (objective.worstPixel() > 0) {
      long n = difference.size(0);
      Tensor flat = difference.reshape(n, -1);
      double weight = objective.worstPixel() * flat.size(1);
      Tensor worst = torch.argmax(flat.square(), new LongOptional(1), true);
      Tensor value = flat.gather(1, worst);
      sums = sums.add(value.square().view(n), new Scalar(weight));
      Tensor peaks = torch.zeros_like(flat).scatter(1, worst, value.mul(new Scalar(2 * weight)));
      gradient = gradient.add(peaks.view(gradient.shape()));
    }
    return new ReconstructionTerms(sums, gradient);
  }

  /** Sums over everything but the first dimension: [n]. */
  private static Tensor perFrame(Tensor values) {
    return values.reshape(values.size(0), -1).sum(1);
  }
}
