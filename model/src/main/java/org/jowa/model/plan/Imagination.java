package org.jowa.model.plan;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldConfig;

/**
 * Imagines the step that follows an action, for every branch of a cache at once, always taking the
 * likeliest token: reward, end, the next frame's 36 tokens, and the critic's view of that frame
 * (spec section 6).
 *
 * <p>Token by token a frame takes 37 passes. With speculation a pass is fed a guess of the frame,
 * first the frame before it; the model's own predictions tell how far the guess was right. The
 * right part is kept, the first miss corrected, and what the pass predicted behind the miss is the
 * next guess. The tokens are those of token-by-token decoding, up to the first one whose two best
 * logits are nearer than rounding.
 *
 * <p>How many tokens a pass is fed depends on its number only, and what a branch has decided is
 * never computed anew: so a branch's results do not depend on what is imagined beside it, to the
 * last bit.
 */
public final class Imagination {
  private static final int FRAME = WorldConfig.FRAME_TOKENS;
  private static final int BLOCK = WorldConfig.BLOCK_TOKENS;

  /** Tokens fed in the first passes of a frame, less and less: a guess that failed often fails. */
  private static final int[] WINDOWS = {BLOCK, 18, 18, 9, 9, 9, 9, 4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 2};

  /**
   * Most branches to guess for. Guessing saves passes at the price of more tokens; with many
   * branches a pass of one token each keeps the processor busy already.
   */
  private static final int MOST_BRANCHES = 48;

  private final WorldDecoder decoder;
  private final boolean speculative;
  private long passes;
  private long steps;
  private long fedTokens;

  private Imagination(WorldDecoder decoder, boolean speculative) {
    this.decoder = decoder;
    this.speculative = speculative;
  }

  /** One token a pass. */
  public static Imagination tokenByToken(WorldDecoder decoder) {
    return new Imagination(decoder, false);
  }

  /** Guesses frames and verifies them. */
  public static Imagination speculative(WorldDecoder decoder) {
    return new Imagination(decoder, true);
  }

  /**
   * What was imagined, by branch row.
   *
   * @param tokens [rows][36]
   * @param rewards [rows], -1, 0 or 1
   * @param ends [rows]
   * @param critic [rows * 18] expected Q on the imagined frame, of all actions
   */
  public record Frames(int[][] tokens, int[] rewards, boolean[] ends, float[] critic) {}

  /** Passes made so far, for benchmarks. */
  public long passes() {
    return passes;
  }

  /** Steps imagined so far; a step of many branches counts once. */
  public long steps() {
    return steps;
  }

  /** Tokens fed so far, in all passes and branches. */
  public long fedTokens() {
    return fedTokens;
  }

  /**
   * Imagines one step.
   *
   * @param cache branches with room for 37 tokens behind {@code start}
   * @param start imagined tokens that every branch already holds
   * @param actions [rows] full-set ids
   * @param previous [rows][36] the frame before, the first guess
   */
  public Frames step(BranchCache cache, int start, int[] actions, int[][] previous) {
    int[] starts = new int[actions.length];
    Arrays.fill(starts, start);
    return step(cache, starts, actions, previous);
  }

  /** The same for branches of different lengths: {@code starts} has that of each. */
  Frames step(BranchCache cache, int[] starts, int[] actions, int[][] previous) {
    try (Progress progress = new Progress(cache, starts, actions, previous)) {
      for (int pass = 0; !progress.finished(); pass++) {
        progress.pass(window(pass, cache.rows()));
      }
      steps++;
      return progress.result();
    }
  }

  private int window(int pass, int rows) {
    boolean guesses = speculative && rows <= MOST_BRANCHES && pass < WINDOWS.length;
    return guesses ? WINDOWS[pass] : 1;
  }

  /** Blocks being decoded: the action, then the frame. */
  private final class Progress implements AutoCloseable {
    private final BranchCache cache;
    private final int rows;
    private final int[] before;
    private final int stateTokens = decoder.config().stateInput().tokens();

    /** Tokens at the head of each block whose keys and values are stored for good. */
    private final int[] fed;

    /** Right up to index {@code fed}, a guess behind it. */
    private final int[][] blocks;

    /** Vectors of the tokens that a state is made of, [rows * tokens, E]. */
    private final Tensor states;

    private int[] rewards;
    private boolean[] ends;

    Progress(BranchCache cache, int[] before, int[] actions, int[][] previous) {
      this.cache = cache;
      this.before = before;
      rows = cache.rows();
      fed = new int[rows];
      blocks = new int[rows][BLOCK];
      for (int row = 0; row < rows; row++) {
        blocks[row][0] = actions[row];
        System.arraycopy(previous[row], 0, blocks[row], 1, FRAME);
      }
      try (StepScope scope = StepScope.inference()) {
        states =
            Tensors.keep(
                Tensors.empty(
                    ScalarType.Float, (long) rows * stateTokens, decoder.config().width()));
      }
    }

    boolean finished() {
      return Arrays.stream(fed).allMatch(count -> count == BLOCK);
    }

    Frames result() {
      int[][] tokens = new int[rows][];
      for (int row = 0; row < rows; row++) {
        tokens[row] = Arrays.copyOfRange(blocks[row], 1, BLOCK);
      }
      try (StepScope scope = StepScope.inference()) {
        Tensor read = states.view(rows, decoder.config().stateWidth());
        return new Frames(tokens, rewards, ends, decoder.critic(read));
      }
    }

    /** Feeds {@code n} tokens to each branch. */
    void pass(int n) {
      int[] offsets = new int[rows];
      int[] starts = new int[rows];
      int[] settled = new int[rows];
      int[] tokens = new int[rows * n];
      for (int row = 0; row < rows; row++) {
        // A branch with less to go is fed decided tokens again, so that all are fed equally many.
        offsets[row] = Math.min(fed[row], BLOCK - n);
        starts[row] = before[row] + offsets[row];
        settled[row] = before[row] + fed[row];
        System.arraycopy(blocks[row], offsets[row], tokens, row * n, n);
      }
      passes++;
      fedTokens += tokens.length;
      try (StepScope scope = StepScope.inference()) {
        read(decoder.advance(cache, tokens, starts, settled), offsets, n);
      }
    }

    private void read(Tensor output, int[] offsets, int n) {
      Tensor byRow = output.view(rows, n, output.size(1));
      if (rewards == null) {
        readAction(byRow.select(1, 0));
      }
      boolean frameEnds = Arrays.stream(offsets).allMatch(offset -> offset == FRAME);
      int[] predicted =
          frameEnds ? new int[rows] : WorldDecoder.argmax(decoder.observationLogits(output));
      int[] from = new int[rows * n];
      int[] to = new int[rows * n];
      int count = 0;
      for (int row = 0; row < rows; row++) {
        int before = fed[row];
        fed[row] = accept(row, offsets[row], n, predicted);
        // Vectors of settled tokens stay; those behind were of guesses.
        for (int i = Math.max(before, BLOCK - stateTokens); i < fed[row]; i++) {
          from[count] = row * n + i - offsets[row];
          to[count++] = row * stateTokens + i - (BLOCK - stateTokens);
        }
      }
      if (count > 0) {
        Tensor settled = output.index_select(0, Tensors.indices(Arrays.copyOf(from, count), count));
        states.index_copy_(0, Tensors.indices(Arrays.copyOf(to, count), count), settled);
      }
    }

    private void readAction(Tensor output) {
      rewards = WorldDecoder.argmax(decoder.rewardLogits(output));
      int[] flags = WorldDecoder.argmax(decoder.endLogits(output));
      ends = new boolean[rows];
      for (int row = 0; row < rows; row++) {
        rewards[row] -= 1;
        ends[row] = flags[row] == 1;
      }
    }

    @Override
    public void close() {
      Tensors.release(states);
    }

    /** Keeps the right part of a guess and corrects its first miss; returns the new {@code fed}. */
    private int accept(int row, int offset, int n, int[] predicted) {
      int[] block = blocks[row];
      int end = offset + n;
      int next = fed[row];
      while (next < end) {
        next++;
        if (next == BLOCK) {
          break;
        }
        int token = predicted[row * n + next - 1 - offset];
        boolean right = block[next] == token;
        block[next] = token;
        if (!right) {
          for (int i = next + 1; i <= end && i < BLOCK; i++) {
            block[i] = predicted[row * n + i - 1 - offset];
          }
          break;
        }
      }
      return next;
    }
  }
}
