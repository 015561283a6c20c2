package org.jowa.model.imagine;

import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;

import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * The newest imagined sequences, in lanes of which each rank holds its own: rank {@code r} of
 * {@code N} the lanes {@code l mod N = r}. A lane that is full forgets its oldest sequence.
 */
final class ImaginedSequences {
  private final int rank;
  private final int worldSize;
  private final int steps;
  private final int room;
  private final int width;

  /** A row of numbers a sequence, {@code [lanes][room * width]}; null where nothing was added. */
  private final float[][] lanes;

  private final int[] next;
  private final int[] held;

  /**
   * @param lanes that all ranks' numbers divide
   * @param capacity sequences of all lanes together
   * @param steps of a sequence
   */
  ImaginedSequences(int rank, int worldSize, int lanes, int capacity, int steps) {
    this.rank = rank;
    this.worldSize = worldSize;
    this.steps = steps;
    this.room = Math.max(1, capacity / lanes);
    this.width = steps * (FRAME_TOKENS + 2) + 1;
    this.lanes = new float[lanes][];
    this.next = new int[lanes];
    this.held = new int[lanes];
  }

  int lanes() {
    return lanes.length;
  }

  void add(int lane, ImaginedSequence sequence) {
    requireOwn(lane);
    if (lanes[lane] == null) {
      lanes[lane] = new float[room * width];
    }
    float[] row = lanes[lane];
    int at = next[lane] * width;
    row[at++] = sequence.game();
    for (int token : sequence.tokens()) {
      row[at++] = token;
    }
    for (int action : sequence.actions()) {
      row[at++] = action;
    }
    System.arraycopy(sequence.rewards(), 0, row, at, steps);
    next[lane] = (next[lane] + 1) % room;
    held[lane] = Math.min(held[lane] + 1, room);
  }

  /**
   * One of a lane's sequences; empty if it has none yet.
   *
   * @param draw in [0, 1)
   */
  Optional<ImaginedSequence> get(int lane, double draw) {
    requireOwn(lane);
    if (held[lane] == 0) {
      return Optional.empty();
    }
    float[] row = lanes[lane];
    int at = (int) (draw * held[lane]) * width;
    int game = (int) row[at++];
    int[] tokens = new int[steps * FRAME_TOKENS];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (int) row[at++];
    }
    int[] actions = new int[steps];
    float[] rewards = new float[steps];
    for (int i = 0; i < steps; i++) {
      actions[i] = (int) row[at + i];
      rewards[i] = row[at + steps + i];
    }
    return Optional.of(new ImaginedSequence(game, tokens, actions, rewards));
  }

  private void requireOwn(int lane) {
    if (lane % worldSize != rank) {
      throw new IllegalArgumentException(
          "Lane " + lane + " is not of rank " + rank + " of " + worldSize);
    }
  }

  /** Shape of all lanes' sequences, beside two numbers a lane: where the next goes, how many. */
  long[] shape() {
    return new long[] {lanes.length, (long) room * width + 2};
  }

  /**
   * Puts this rank's lanes where they belong among those of all, and zeros for the others'.
   *
   * @param all fp32 on the CPU, of {@link #shape}
   */
  void put(Tensor all) {
    try (StepScope scope = StepScope.inference()) {
      all.zero_();
      for (int lane = rank; lane < lanes.length; lane += worldSize) {
        Tensor target = all.select(0, lane);
        float[] counts = {next[lane], held[lane]};
        target.narrow(0, 0, 2).copy_(Tensors.of(counts, 2));
        if (lanes[lane] != null) {
          target
              .narrow(0, 2, lanes[lane].length)
              .copy_(Tensors.of(lanes[lane], lanes[lane].length));
        }
      }
    }
  }

  /**
   * Takes this rank's lanes.
   *
   * @param all as of {@link #put}, added up over all ranks
   */
  void take(Tensor all) {
    try (StepScope scope = StepScope.inference()) {
      for (int lane = rank; lane < lanes.length; lane += worldSize) {
        Tensor source = all.select(0, lane);
        float[] counts = Tensors.floats(source.narrow(0, 0, 2));
        next[lane] = (int) counts[0];
        held[lane] = (int) counts[1];
        lanes[lane] =
            held[lane] == 0 ? null : Tensors.floats(source.narrow(0, 2, (long) room * width));
      }
    }
  }
}
