package org.jowa.model.imagine;

import static org.jowa.model.settings.WorldConfig.FRAME_TOKENS;

import java.util.Arrays;
import java.util.List;
import org.jowa.model.world.WorldBatch;

/**
 * A sequence whose last steps were imagined. No step of it is padding, none ends an episode.
 *
 * @param game its id
 * @param tokens of the frames, {@code [T * 36]}
 * @param actions full-set ids, {@code [T]}
 * @param rewards {@code [T]}
 */
@SuppressWarnings("ArrayRecordComponent")
public record ImaginedSequence(int game, int[] tokens, int[] actions, float[] rewards) {
  /**
   * Key of the dropout masks of a batch's first imagined sequence; the others' follow. No played
   * sequence has such an index.
   */
  private static final long FIRST_INDEX = Long.MIN_VALUE;

  /**
   * A batch with imagined sequences after the played ones.
   *
   * @param played without imagined ones
   * @param sequences as long as those
   * @param slots place of each among all that the step draws, over all ranks
   */
  public static WorldBatch append(
      WorldBatch played, List<ImaginedSequence> sequences, List<Integer> slots) {
    int steps = played.steps();
    int size = played.size() + sequences.size();
    WorldBatch all =
        new WorldBatch(
            size,
            steps,
            played.size(),
            Arrays.copyOf(played.sampleIndex(), size),
            Arrays.copyOf(played.games(), size),
            Arrays.copyOf(played.tokens(), size * steps * FRAME_TOKENS),
            Arrays.copyOf(played.actions(), size * steps),
            Arrays.copyOf(played.rewards(), size * steps),
            Arrays.copyOf(played.ends(), size * steps),
            Arrays.copyOf(played.mask(), size * steps),
            Arrays.copyOf(played.demonstrations(), size),
            Arrays.copyOf(played.returns(), size * steps));
    for (int i = 0; i < sequences.size(); i++) {
      ImaginedSequence sequence = sequences.get(i);
      int row = played.size() + i;
      all.sampleIndex()[row] = FIRST_INDEX + slots.get(i);
      all.games()[row] = sequence.game;
      int at = row * steps;
      System.arraycopy(sequence.tokens, 0, all.tokens(), at * FRAME_TOKENS, steps * FRAME_TOKENS);
      System.arraycopy(sequence.actions, 0, all.actions(), at, steps);
      System.arraycopy(sequence.rewards, 0, all.rewards(), at, steps);
      Arrays.fill(all.mask(), at, at + steps, (byte) 1);
    }
    return all;
  }
}
