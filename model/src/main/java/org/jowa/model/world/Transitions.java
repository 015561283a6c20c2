package org.jowa.model.world;

import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.jowa.model.settings.TokenizerConfig;

/**
 * Frames, each with the one before it, whose next frames are predicted.
 *
 * @param frames tokens of the frames, {@code [n * 36]}
 * @param before tokens of those before them, {@code [n * 36]}; {@link #ABSENT} where there is none
 * @param actions taken at the frames, {@code [n]}
 * @param actionsBefore taken at those before, {@code [n]}; {@link #ABSENT} where there is none
 * @param games ids, {@code [n]}
 */
@SuppressWarnings("ArrayRecordComponent")
public record Transitions(
    int[] frames, int[] before, int[] actions, int[] actionsBefore, int[] games) {
  /** Stands where a sequence begins. */
  public static final int ABSENT = -1;

  /** The places of 3 by 3. */
  static final int NEIGHBOURS = 9;

  /** Places in a row of a frame, and rows. */
  private static final int SIDE = TokenizerConfig.GRID_SIZE;

  /**
   * Transitions of steps of a batch, each with the step before if its sequence has one.
   *
   * @param steps in {@code [B * T]}
   */
  public static Transitions of(WorldBatch batch, int[] steps) {
    Transitions all = of(steps.length);
    for (int i = 0; i < steps.length; i++) {
      int step = steps[i];
      boolean first = step % batch.steps() == 0;
      int frame = step * FRAME_TOKENS;
      all.put(
          i,
          batch.games()[step / batch.steps()],
          batch.tokens(),
          frame,
          first ? ABSENT : frame - FRAME_TOKENS);
      all.actions[i] = batch.actions()[step];
      all.actionsBefore[i] = first ? ABSENT : batch.actions()[step - 1];
    }
    return all;
  }

  /**
   * Frames with those before them.
   *
   * @param games id of each one's game
   * @param frames [n][36]
   * @param before [n][36]
   */
  public static Transitions of(int[] games, int[][] frames, int[][] before) {
    Transitions all = of(games.length);
    for (int i = 0; i < games.length; i++) {
      all.games[i] = games[i];
      System.arraycopy(frames[i], 0, all.frames, i * FRAME_TOKENS, FRAME_TOKENS);
      System.arraycopy(before[i], 0, all.before, i * FRAME_TOKENS, FRAME_TOKENS);
    }
    return all;
  }

  /** Transitions to be filled in. */
  public static Transitions of(int count) {
    Transitions transitions =
        new Transitions(
            new int[count * FRAME_TOKENS],
            new int[count * FRAME_TOKENS],
            new int[count],
            new int[count],
            new int[count]);
    Arrays.fill(transitions.before, ABSENT);
    Arrays.fill(transitions.actionsBefore, ABSENT);
    return transitions;
  }

  /**
   * Fills in a frame and the one before it.
   *
   * @param tokens that hold both
   * @param frame place of the frame's first token
   * @param previous of the one before; negative where there is none
   */
  public void put(int transition, int game, int[] tokens, int frame, int previous) {
    games[transition] = game;
    System.arraycopy(tokens, frame, frames, transition * FRAME_TOKENS, FRAME_TOKENS);
    if (previous >= 0) {
      System.arraycopy(tokens, previous, before, transition * FRAME_TOKENS, FRAME_TOKENS);
    }
  }

  /** Makes a transition one that a sequence begins with. */
  public void forgetBefore(int transition) {
    int from = transition * FRAME_TOKENS;
    Arrays.fill(before, from, from + FRAME_TOKENS, ABSENT);
    actionsBefore[transition] = ABSENT;
  }

  /**
   * The places at which a frame or the one before it shows something else than background: the
   * others say nothing of what happens.
   *
   * @param background tokens by game, {@code [60 * 36]}
   * @return each a transition times 36 plus the place, in that order
   */
  int[] shown(float[] background) {
    return IntStream.range(0, frames.length)
        .filter(
            at -> {
              int game = games[at / FRAME_TOKENS];
              int behind = (int) background[game * FRAME_TOKENS + at % FRAME_TOKENS];
              return frames[at] != behind || (before[at] != behind && before[at] != ABSENT);
            })
        .toArray();
  }

  /**
   * Whether a frame differs from the one before it at a place or beside it; so it does where there
   * is none before it.
   */
  public boolean movesAround(int transition, int place) {
    int first = transition * FRAME_TOKENS;
    for (int neighbour = 0; neighbour < NEIGHBOURS; neighbour++) {
      int at = neighbour(place, neighbour);
      if (at != ABSENT && frames[first + at] != before[first + at]) {
        return true;
      }
    }
    return false;
  }

  /**
   * A place of the 3 by 3 around a place, itself the middle one, row by row.
   *
   * @return {@link #ABSENT} beyond the frame
   */
  static int neighbour(int place, int neighbour) {
    int row = place / SIDE + neighbour / 3 - 1;
    int column = place % SIDE + neighbour % 3 - 1;
    return row < 0 || row >= SIDE || column < 0 || column >= SIDE ? ABSENT : row * SIDE + column;
  }

  /** Some of these transitions. */
  public Transitions of(int[] some) {
    Transitions chosen = of(some.length);
    for (int i = 0; i < some.length; i++) {
      int from = some[i] * FRAME_TOKENS;
      chosen.put(i, games[some[i]], frames, from, -1);
      System.arraycopy(before, from, chosen.before, i * FRAME_TOKENS, FRAME_TOKENS);
      chosen.actions[i] = actions[some[i]];
      chosen.actionsBefore[i] = actionsBefore[some[i]];
    }
    return chosen;
  }

  /** How many there are. */
  public int count() {
    return games.length;
  }
}
