package org.jowa.model.world;

import java.util.Arrays;

/**
 * What is known of a tokenizer's codes before anything is trained on them.
 *
 * @param features what tells them apart, fp32 {@code [codebookSize, d]}, row-major
 * @param background by game id, the code that is the background at each place of a frame, {@code
 *     [60 * 36]}; {@link #UNKNOWN} in games without data
 */
public record CodeFacts(float[] features, int[] background) {
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
}
