package org.jowa.model.tokenizer;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * What the layers of a tokenizer give on the way, for comparing them with the reference's.
 *
 * @param level0 encoder after the blocks at 84x84, [n, channels, 84, 84]
 * @param down0 encoder after the first downsampling, [n, channels, 12, 12]
 * @param level1 encoder after blocks and attention at 12x12
 * @param down1 encoder after the second downsampling, [n, channels, 6, 6]
 * @param reconstruction as training sees it, [n, 1, 84, 84] in [-1, 1] space
 */
public record TokenizerStages(
    Tensor level0, Tensor down0, Tensor level1, Tensor down1, Tensor reconstruction) {

  /** Runs a tokenizer over uint8 [n, 84, 84]. */
  public static TokenizerStages of(Tokenizer tokenizer, Tensor frames) {
    return tokenizer.stages(frames);
  }

  /** Mean and unbiased deviation of each channel at 84x84: [2, frames, channels]. */
  public Tensor level0MeanAndDeviation(long frames) {
    Tensor maps = level0.narrow(0, 0, frames).contiguous().flatten(2, 3);
    Tensor mean = torch.mean(maps, 2);
    Tensor centred = maps.sub(mean.unsqueeze(2));
    Tensor variance = torch.sum(centred.square(), 2).div(new Scalar(maps.size(2) - 1.0));
    return torch.stack(new TensorVector(mean, variance.sqrt()));
  }
}
