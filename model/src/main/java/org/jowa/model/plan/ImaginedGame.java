package org.jowa.model.plan;

import org.jowa.env.game.Game;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;

/**
 * The model in the emulator's place: what it takes to follow an action, one step after another.
 *
 * <p>Not thread-safe.
 */
public final class ImaginedGame {
  private static final int FRAME = WorldConfig.FRAME_TOKENS;

  private final WorldDecoder decoder;
  private final int[] game;
  private final Imagination imagination;
  private final PlannerSettings.Futures futures;
  private final long seed;

  private ImaginedGame(
      WorldDecoder decoder, Game game, PlannerSettings.Futures futures, long seed) {
    this.decoder = decoder;
    this.game = new int[] {game.id()};
    this.imagination = Imagination.of(decoder, BeamSettings.Speculation.AUTO);
    this.futures = futures;
    this.seed = seed;
  }

  /**
   * A step as the model imagines it.
   *
   * @param tokens [36] of the frame
   * @param reward -1, 0 or 1
   * @param end whether the episode ends with the step
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record ImaginedStep(int[] tokens, int reward, boolean end) {}

  /**
   * A game in a model.
   *
   * @param decoder shared with others of the same thread; the caller closes it
   * @param futures whether the likeliest is imagined or what is drawn
   * @param seed of the draws
   */
  public static ImaginedGame of(
      WorldDecoder decoder, Game game, PlannerSettings.Futures futures, long seed) {
    return new ImaginedGame(decoder, game, futures, seed);
  }

  /** Blocks of the past that a step can use: the model's but one, which is imagined. */
  public int contextBlocks() {
    return decoder.config().blocks() - 1;
  }

  /**
   * What follows.
   *
   * @param context [37 n - 1] tokens of the newest n blocks, the last one without its action; n at
   *     most {@link #contextBlocks()}
   * @param action full-set id of what is done
   * @param number of the step in its episode, which draws differ by
   */
  public ImaginedStep step(int[] context, int action, long number) {
    int[] previous = new int[FRAME];
    System.arraycopy(context, context.length - FRAME, previous, 0, FRAME);
    long key = Sampling.child(new Sampling(seed + number).root(context), action);
    try (StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled root = decoder.prefill(new int[][] {context}, game);
      try (ContextCache cache = root.cache();
          BranchCache branch = decoder.branch(cache, 1, WorldConfig.BLOCK_TOKENS)) {
        Imagination.Frames next =
            imagination.step(
                branch,
                new int[1],
                new int[] {action},
                new int[][] {previous},
                futures == PlannerSettings.Futures.SAMPLED ? new long[] {key} : null);
        return new ImaginedStep(next.tokens()[0], next.rewards()[0], next.ends()[0]);
      }
    }
  }
}
