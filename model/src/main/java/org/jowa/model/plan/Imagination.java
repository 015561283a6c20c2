package org.jowa.model.plan;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.Transitions;
import org.jspecify.annotations.Nullable;

/**
 * Imagines the step that follows an action, for every branch of a cache at once, taking the
 * likeliest of everything or drawing it: reward, end, the next frame's 36 tokens, and the critic's
 * view of that frame (spec section 6).
 *
 * <p>Token by token a frame takes 37 passes. With speculation a pass is fed a guess of the frame,
 * first what the neighbourhood network says by itself, of models that have one, else the frame
 * before it; the model's own predictions tell how far the guess was right. The right part is kept,
 * the first miss corrected, and what the pass predicted behind the miss is the next guess. The
 * tokens are those of token-by-token decoding, up to the first one whose two best logits are nearer
 * than rounding.
 *
 * <p>How many tokens a pass is fed depends on its number and on whether frames are guessed at all,
 * and what a branch has decided is never computed anew: so a branch's results do not depend on what
 * is imagined beside it, to the last bit, unless guessing is given up for being dearer. Who needs
 * that as well chooses beforehand, with {@link SpeculationChoice#once}.
 */
public final class Imagination {
  private static final int FRAME = WorldConfig.FRAME_TOKENS;
  private static final int BLOCK = WorldConfig.BLOCK_TOKENS;

  /** Tokens fed in the first passes of a frame, less and less: a guess that failed often fails. */
  private static final int[] WINDOWS = {BLOCK, 18, 18, 9, 9, 9, 9, 4, 4, 4, 4, 4, 4, 4, 4, 2, 2, 2};

  private final WorldDecoder decoder;
  private final Speculation speculation;
  private final SpeculationChoice choice = new SpeculationChoice();
  private final PassCost passCost;
  private long passes;
  private long steps;
  private long fedTokens;
  private long guessed;
  private long accepted;
  private double effort;

  private Imagination(WorldDecoder decoder, Speculation speculation) {
    this.decoder = decoder;
    this.speculation = speculation;
    passCost = new PassCost(decoder.config(), decoder.device());
  }

  /** Decodes frames in the given way. */
  public static Imagination of(WorldDecoder decoder, Speculation speculation) {
    return new Imagination(decoder, speculation);
  }

  /** One token a pass. */
  public static Imagination tokenByToken(WorldDecoder decoder) {
    return of(decoder, Speculation.OFF);
  }

  /** Guesses frames and verifies them. */
  public static Imagination speculative(WorldDecoder decoder) {
    return of(decoder, Speculation.ON);
  }

  /**
   * What imagining has cost.
   *
   * @param steps imagined; a step of many branches counts once
   * @param passes of the model
   * @param fedTokens in all passes and branches
   * @param guessed tokens whose guess was verified, in all branches
   * @param accepted those that were guessed right
   * @param effort of all steps by the tokens that passes were fed, a step token by token being 1
   */
  public record Cost(
      long steps, long passes, long fedTokens, long guessed, long accepted, double effort)
      implements Serializable {
    public static final Cost NONE = new Cost(0, 0, 0, 0, 0, 0);

    public Cost plus(Cost other) {
      return new Cost(
          steps + other.steps,
          passes + other.passes,
          fedTokens + other.fedTokens,
          guessed + other.guessed,
          accepted + other.accepted,
          effort + other.effort);
    }

    public Cost minus(Cost before) {
      return new Cost(
          steps - before.steps,
          passes - before.passes,
          fedTokens - before.fedTokens,
          guessed - before.guessed,
          accepted - before.accepted,
          effort - before.effort);
    }

    /** Passes that an imagined frame took; 37 token by token. */
    public double passesPerFrame() {
      return steps == 0 ? 0 : (double) passes / steps;
    }

    /** Share of the guesses that were right. */
    public double acceptance() {
      return guessed == 0 ? 0 : (double) accepted / guessed;
    }
  }

  /** What imagining has cost so far. */
  public Cost cost() {
    return new Cost(steps, passes, fedTokens, guessed, accepted, effort);
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
    return step(cache, starts, actions, previous, null);
  }

  /**
   * The same for branches of different lengths, likeliest or drawn.
   *
   * @param starts [rows] imagined tokens that each branch holds
   * @param keys [rows] of the states' draws; null to take the likeliest
   */
  Frames step(
      BranchCache cache, int[] starts, int[] actions, int[][] previous, long @Nullable [] keys) {
    try (Progress progress = new Progress(cache, starts, actions, previous, keys)) {
      int rows = cache.rows();
      boolean guesses =
          speculation == Speculation.ON
              || (speculation == Speculation.AUTO && choice.guesses(rows));
      double cost = guesses ? progress.draft() : 0;
      for (int pass = 0; !progress.finished(); pass++) {
        int window = guesses && pass < WINDOWS.length ? WINDOWS[pass] : 1;
        cost += cost(cache, window);
        progress.pass(window);
      }
      cost /= BLOCK * cost(cache, 1);
      effort += cost;
      if (guesses) {
        choice.took(rows, cost);
      }
      steps++;
      return progress.result();
    }
  }

  /** Of a pass that feeds so many tokens to each branch. */
  private double cost(BranchCache cache, int tokens) {
    ContextCache context = cache.context;
    return passCost.of(context.environments, context.tokens, cache.rows() * tokens);
  }

  /** Blocks being decoded: the action, then the frame. */
  private final class Progress implements AutoCloseable {
    private final BranchCache cache;
    private final int rows;
    private final int[] before;
    private final int[][] previous;
    private final int stateTokens = decoder.config().stateInput().tokens();

    /** Tokens at the head of each block whose keys and values are stored for good. */
    private final int[] fed;

    /** Right up to index {@code fed}, a guess behind it. */
    private final int[][] blocks;

    /** Vectors of the tokens that a state is made of, [rows * tokens, E]. */
    private final Tensor states;

    private final int[] rewards;
    private final boolean[] ends;
    private boolean actionsRead;

    /** Of the draws, by row; null to take the likeliest. */
    private final long @Nullable [] keys;

    Progress(
        BranchCache cache, int[] before, int[] actions, int[][] previous, long @Nullable [] keys) {
      this.cache = cache;
      this.keys = keys;
      this.before = before;
      this.previous = previous;
      rows = cache.rows();
      fed = new int[rows];
      rewards = new int[rows];
      ends = new boolean[rows];
      blocks = new int[rows][BLOCK];
      for (int row = 0; row < rows; row++) {
        blocks[row][0] = actions[row];
        System.arraycopy(previous[row], 0, blocks[row], 1, FRAME);
      }
      try (StepScope scope = StepScope.inference()) {
        states =
            Tensors.keep(
                decoder
                    .device()
                    .empty(ScalarType.Float, (long) rows * stateTokens, decoder.config().width()));
      }
    }

    /**
     * Guesses the frames, if the model can.
     *
     * @return what that cost
     */
    double draft() {
      int[] actions = new int[rows];
      Arrays.setAll(actions, row -> blocks[row][0]);
      try (StepScope scope = StepScope.inference()) {
        Optional<Tensor> logits = decoder.draft(cache, actions, before);
        if (logits.isEmpty()) {
          return 0;
        }
        int[] guess = tokens(logits.get(), new int[rows], FRAME);
        for (int row = 0; row < rows; row++) {
          System.arraycopy(guess, row * FRAME, blocks[row], 1, FRAME);
        }
        return passCost.ofHead(rows * FRAME);
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
        int[] games = new int[rows];
        Arrays.setAll(games, row -> cache.context.games[row / cache.branches]);
        Transitions frames = Transitions.of(games, tokens, previous);
        return new Frames(tokens, rewards, ends, decoder.critic(read, frames));
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
      if (!actionsRead) {
        readActions(byRow.select(1, 0));
        actionsRead = true;
      }
      boolean frameEnds = Arrays.stream(offsets).allMatch(offset -> offset == FRAME);
      int[] predicted =
          frameEnds ? new int[rows] : tokens(decoder.observationLogits(output), offsets, n);
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
        Tensor settled =
            output.index_select(0, decoder.device().indices(Arrays.copyOf(from, count)));
        states.index_copy_(0, decoder.device().indices(Arrays.copyOf(to, count)), settled);
      }
    }

    private int[] tokens(Tensor logits, int[] offsets, int n) {
      if (keys == null) {
        return WorldDecoder.argmax(logits);
      }
      long[] ofTokens = new long[rows * n];
      int[] places = new int[rows * n];
      for (int i = 0; i < places.length; i++) {
        ofTokens[i] = keys[i / n];
        places[i] = offsets[i / n] + i % n;
      }
      return Sampling.classes(logits, ofTokens, places);
    }

    private int[] ofAction(Tensor logits, int place) {
      if (keys == null) {
        return WorldDecoder.argmax(logits);
      }
      int[] places = new int[rows];
      Arrays.fill(places, place);
      return Sampling.classes(logits, keys, places);
    }

    private void readActions(Tensor output) {
      int[] signs = ofAction(decoder.rewardLogits(output), Sampling.REWARD);
      int[] flags = ofAction(decoder.endLogits(output), Sampling.END);
      for (int row = 0; row < rows; row++) {
        rewards[row] = signs[row] - 1;
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
        if (n > 1) {
          guessed++;
          accepted += right ? 1 : 0;
        }
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
