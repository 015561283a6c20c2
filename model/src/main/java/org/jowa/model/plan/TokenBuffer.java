package org.jowa.model.plan;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.jowa.model.settings.WorldConfig;

/**
 * What an agent has seen and done in one episode: the newest blocks, the oldest ones dropped (spec
 * section 6.3). Frames and actions come in turns.
 */
public final class TokenBuffer {
  private static final int FRAME = WorldConfig.FRAME_TOKENS;
  private static final int BLOCK = WorldConfig.BLOCK_TOKENS;

  private final int capacity;

  /** Blocks of 37; the newest one's action is missing until the agent has acted. */
  private final Deque<int[]> blocks = new ArrayDeque<>();

  /**
   * An empty one.
   *
   * @param capacity blocks that it keeps
   */
  public TokenBuffer(int capacity) {
    this.capacity = capacity;
  }

  /** Another one with the same blocks, which goes its own way from here. */
  public TokenBuffer copy() {
    TokenBuffer copy = new TokenBuffer(capacity);
    blocks.forEach(block -> copy.blocks.addLast(block.clone()));
    return copy;
  }

  /** Forgets everything. */
  void clear() {
    blocks.clear();
  }

  /**
   * Adds what is seen next.
   *
   * @param tokens holds the frame's 36
   * @param offset where they begin
   */
  public void addFrame(long[] tokens, int offset) {
    if (blocks.size() == capacity) {
      blocks.removeFirst();
    }
    int[] block = new int[BLOCK];
    for (int i = 0; i < FRAME; i++) {
      block[i] = Math.toIntExact(tokens[offset + i]);
    }
    blocks.addLast(block);
  }

  /** Adds what is done at the frame that was added last. */
  public void addAction(int action) {
    blocks.getLast()[WorldConfig.ACTION_OFFSET] = action;
  }

  /** Tokens of the newest blocks, at most so many, the last one without its action. */
  public int[] context(int most) {
    int n = Math.min(most, blocks.size());
    int[] tokens = new int[n * BLOCK - 1];
    Iterator<int[]> newestFirst = blocks.descendingIterator();
    for (int i = n - 1; i >= 0; i--) {
      int[] block = newestFirst.next();
      System.arraycopy(block, 0, tokens, i * BLOCK, i == n - 1 ? FRAME : BLOCK);
    }
    return tokens;
  }
}
