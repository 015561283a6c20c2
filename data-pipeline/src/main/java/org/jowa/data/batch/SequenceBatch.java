package org.jowa.data.batch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jowa.data.dataset.StepArrays;

/**
 * One rank's share of a global batch of token segments. The arrays belong to the loader, which
 * fills them again: they are valid until the loader's next batch. Padded steps have token 0, action
 * 0, reward 0, end 0 and mask 0 (spec 5.3).
 */
@SuppressWarnings("MutablePublicArray")
public final class SequenceBatch {
  /** Sequences in this share, {@code B}. */
  public final int size;

  /** Steps of a sequence, {@code T}. */
  public final int steps;

  /** Tokens of a frame, {@code K}. */
  public final int tokensPerFrame;

  /** {@code [B]}: each sequence's place in the run's global order of samples. */
  public final long[] sampleIndex;

  /** {@code [B]}: game ids. */
  public final int[] games;

  /** {@code [B * T * K]}: token ids. */
  public final int[] tokens;

  /**
   * {@code [B * T, 84, 84]} uint8, where the loader serves frames: a direct buffer in native order,
   * read by absolute index; padded steps are black. Of no bytes where it serves tokens.
   */
  public final ByteBuffer frames;

  /** {@code [B * T]}: actions as ids of the full set of 18. */
  public final int[] actions;

  /** {@code [B * T]}: rewards as they stand in the log. */
  public final float[] rewards;

  /** {@code [B * T]}: 1 where the episode ended after the action. */
  public final byte[] ends;

  /** {@code [B * T]}: 1 where a step is real, 0 where it is padding. */
  public final byte[] mask;

  /**
   * {@code [B * T]}: discounted sums of rewards from each real step to the end of its episode,
   * where {@link SequenceOptions} ask for them; else NaN.
   */
  public final float[] returns;

  /** {@code [B]}: 1 where the episode is a demonstration, worth imitating. */
  public final byte[] demonstrations;

  /** The arrays that a shard's reader fills. */
  final StepArrays arrays;

  /** A batch of zeros, without frames. */
  public SequenceBatch(int size, int steps, int tokensPerFrame) {
    this(size, steps, tokensPerFrame, 0);
  }

  /** A batch of zeros and black frames, whose tokens are for whoever reads them to fill in. */
  public static SequenceBatch ofFrames(int size, int steps, int tokensPerFrame) {
    return new SequenceBatch(
        size, steps, tokensPerFrame, Math.multiplyExact(size * steps, FrameBatch.FRAME_BYTES));
  }

  private SequenceBatch(int size, int steps, int tokensPerFrame, int frameBytes) {
    this.size = size;
    this.steps = steps;
    this.tokensPerFrame = tokensPerFrame;
    this.sampleIndex = new long[size];
    this.games = new int[size];
    this.frames = ByteBuffer.allocateDirect(frameBytes).order(ByteOrder.nativeOrder());
    this.tokens = new int[size * steps * tokensPerFrame];
    this.actions = new int[size * steps];
    this.rewards = new float[size * steps];
    this.ends = new byte[size * steps];
    this.mask = new byte[size * steps];
    this.returns = new float[size * steps];
    Arrays.fill(returns, Float.NaN);
    this.demonstrations = new byte[size];
    this.arrays = new StepArrays(tokens, actions, rewards, ends);
  }
}
