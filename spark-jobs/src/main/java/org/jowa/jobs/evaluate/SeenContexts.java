package org.jowa.jobs.evaluate;

import static org.jowa.env.game.Observation.SIDE;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.env.AtariEnv;
import org.jowa.env.policy.Policies;
import org.jowa.env.policy.Policy;
import org.jowa.env.rom.Rom;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/** What a game shows, for measuring: contexts of play, the same at every call. */
public final class SeenContexts {
  /** Steps before the context; every environment plays some more than the one before it. */
  private static final int STEPS = 40;

  private static final int MORE_STEPS = 7;

  private SeenContexts() {}

  /**
   * The last blocks of episodes that a random player has gone through for a while.
   *
   * @return [environments][37 blocks - 1] tokens, as planners take them
   */
  public static int[][] of(Rom rom, FrameTokenizer tokenizer, int environments, int blocks) {
    FrameTokenizer ofGame = tokenizer.forGame(rom.game().id());
    int[][] contexts = new int[environments][];
    Arrays.setAll(contexts, i -> one(rom, ofGame, STEPS + MORE_STEPS * i, i, blocks));
    return contexts;
  }

  private static int[] one(Rom rom, FrameTokenizer tokenizer, int before, int seed, int blocks) {
    Policy policy = Policies.byName("random");
    SplittableRandom chance = new SplittableRandom(seed);
    int[] context = new int[blocks * WorldConfig.BLOCK_TOKENS - 1];
    ByteBuffer frame = ByteBuffer.allocateDirect(AtariEnv.OBSERVATION_BYTES);
    byte[] pixels = new byte[AtariEnv.OBSERVATION_BYTES];
    try (AtariEnv env = AtariEnv.create(rom, 0, seed)) {
      for (int step = -before; step < blocks; step++) {
        if (env.isOver()) {
          env.reset();
        }
        int action = policy.act(env, chance);
        if (step >= 0) {
          env.observation(pixels, 0);
          frame.put(0, pixels);
          int at = step * WorldConfig.BLOCK_TOKENS;
          try (StepScope scope = StepScope.inference()) {
            long[] tokens =
                Tensors.longs(tokenizer.tokens(Tensors.of(ScalarType.Byte, frame, 1, SIDE, SIDE)));
            for (int i = 0; i < tokens.length; i++) {
              context[at + i] = (int) tokens[i];
            }
          }
          if (step < blocks - 1) {
            context[at + WorldConfig.ACTION_OFFSET] = action;
          }
        }
        env.step(action);
      }
    }
    return context;
  }
}
