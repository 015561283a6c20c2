package org.jowa.model.tokenizer;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.torch.Device;

/**
 * Frames as the tokenizer's network sees them, and back: pixels in [-1, 1], less their games'
 * backgrounds where it knows them.
 *
 * @param device of the pixels
 */
record FramePixels(Device device, Optional<Backgrounds> backgrounds) {
  private static final int SIZE = TokenizerConfig.FRAME_SIZE;
  private static final long PIXELS = (long) SIZE * SIZE;

  /** uint8 [n, 84, 84] to fp32 [n, 1, 84, 84] in [-1, 1], channels last. */
  Tensor of(Tensor frames) {
    if (frames.dim() != 3 || frames.size(1) != SIZE || frames.size(2) != SIZE) {
      throw new IllegalArgumentException(
          "Expected frames [n, 84, 84], found " + Arrays.toString(frames.shape()));
    }
    Tensor pixels =
        device.put(frames).to(ScalarType.Float).div_(new Scalar(255)).mul_(new Scalar(2));
    return channelsLast(pixels.sub_(new Scalar(1)));
  }

  /** Strides that say channels last: with one channel both layouts are the same memory. */
  static Tensor channelsLast(Tensor pixels) {
    return pixels.as_strided(
        new long[] {pixels.size(0), 1, SIZE, SIZE}, new long[] {PIXELS, 1, SIZE, 1});
  }

  /**
   * What the encoder sees.
   *
   * @param frames uint8 [n, 84, 84]
   * @param games id of each frame's game, or of all; not read where no backgrounds are known
   */
  Tensor input(Tensor frames, int[] games) {
    Tensor pixels = of(frames);
    return backgrounds.isEmpty() ? pixels : pixels.sub_(background(games, frames.size(0)));
  }

  /** What the decoder drew, fp32 [n, 1, 84, 84], as a picture. */
  Tensor onBackground(Tensor drawn, int[] games) {
    return backgrounds.isEmpty() ? drawn : drawn.add(background(games, drawn.size(0)));
  }

  /** fp32 [n or 1, 1, 84, 84]: one game stands for all frames. */
  private Tensor background(int[] games, long n) {
    if (games.length != 1 && games.length != n) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "This tokenizer knows backgrounds: tell it the games of its %d frames, not %d",
              n,
              games.length));
    }
    return of(backgrounds.orElseThrow().of(games));
  }
}
