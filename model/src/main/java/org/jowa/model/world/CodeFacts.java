package org.jowa.model.world;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Initialiser;
import org.jowa.model.torch.Tensors;

/**
 * What is known of a tokenizer's codes before anything is trained on them.
 *
 * @param codes how many there are
 * @param features what tells them apart, fp32 {@code [codes, d]}, row-major
 * @param background by game id, the code that is the background at each place of a frame, {@code
 *     [60 * 36]}; {@link #UNKNOWN} in games without data
 */
public record CodeFacts(int codes, float[] features, int[] background) {
  /** A code that is the mean one has no direction. */
  private static final double SMALLEST_SQUARE = 1e-3;

  /** Stands where no code is known to be the background. */
  public static final int UNKNOWN = -1;

  /** Checks the sizes. */
  public CodeFacts {
    if (background.length != WorldConfig.GAMES * WorldConfig.FRAME_TOKENS) {
      throw new IllegalArgumentException(background.length + " places of background");
    }
  }

  /** Backgrounds of no game yet, to be filled in by {@link #put}. */
  public static int[] noBackground() {
    int[] background = new int[WorldConfig.GAMES * WorldConfig.FRAME_TOKENS];
    Arrays.fill(background, UNKNOWN);
    return background;
  }

  /**
   * Fills in a game's background.
   *
   * @param ofGame a code for each place, {@code [36]}, or none
   */
  public static void put(int[] background, int game, int[] ofGame) {
    System.arraycopy(ofGame, 0, background, game * WorldConfig.FRAME_TOKENS, ofGame.length);
  }

  /** Takes over the backgrounds of games that have one into {@code [60, 36]}. */
  void putBackground(Tensor target) {
    float[] codes = Tensors.floats(target);
    for (int i = 0; i < codes.length; i++) {
      if (background[i] >= 0) {
        codes[i] = background[i];
      }
    }
    target.copy_(Tensors.of(codes, codes.length).view_as(target));
  }

  /**
   * First embeddings in which codes that look alike are alike: each code's features less the mean
   * code's, of length one, by a random projection.
   *
   * @param name of the table, which decides the projection with the seed
   * @return fp32 {@code [codes, width]}, elements of deviation 1
   */
  Tensor embeddings(int width, String name, Initialiser initialiser) {
    int dimensions = features.length / codes;
    double[] mean = new double[dimensions];
    for (int i = 0; i < features.length; i++) {
      mean[i % dimensions] += features[i] / codes;
    }
    float[] unit = new float[features.length];
    for (int code = 0; code < codes; code++) {
      double square = SMALLEST_SQUARE;
      for (int d = 0; d < dimensions; d++) {
        double difference = features[code * dimensions + d] - mean[d];
        square += difference * difference;
      }
      for (int d = 0; d < dimensions; d++) {
        int at = code * dimensions + d;
        unit[at] = (float) ((features[at] - mean[d]) / Math.sqrt(square));
      }
    }
    Tensor projection = torch.empty(new long[] {dimensions, width});
    initialiser.normal(name + ".projection", projection, 1);
    return torch.mm(Tensors.of(unit, codes, dimensions), projection);
  }
}
