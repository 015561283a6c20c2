package org.jowa.model.diagnosis;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a tokenizer keeps of one game's held-out frames, beside the game's median frame, which is
 * the best constant picture.
 */
public final class TokenizerDiagnosis {
  static final String RECALL = "small things found again";
  static final String MOVED = "things that moved found again";
  static final String L1 = "L1";

  private static final int GRAYS = 255;

  private final byte[] median;
  private final SmallObjects objects;
  private final MovedThings moved;
  private final Set<Long> codes = new HashSet<>();
  private final Set<List<Long>> tokenFrames = new HashSet<>();
  private final Set<String> frames = new HashSet<>();
  private SmallObjects.Counts counts = SmallObjects.Counts.NONE;
  private long seen;
  private double difference;
  private double differenceOfMedian;

  /**
   * @param median the game's median frame, 84 x 84 gray values
   */
  public TokenizerDiagnosis(byte[] median) {
    this.median = median.clone();
    this.objects = new SmallObjects(median);
    this.moved = new MovedThings(median);
  }

  /**
   * A frame and what becomes of it.
   *
   * @param frame 84 x 84 gray values
   * @param previous the frame one step before, likewise; null of an episode's first frame, in which
   *     nothing has moved
   * @param tokens the frame's 36
   * @param decoded of the tokens, 84 x 84, 0 to 1, not clamped
   */
  public void add(byte[] frame, byte @Nullable [] previous, List<Long> tokens, float[] decoded) {
    byte[] drawn = new byte[frame.length];
    double sum = 0;
    double sumOfMedian = 0;
    for (int pixel = 0; pixel < frame.length; pixel++) {
      double gray = GRAYS * Math.max(0.0, Math.min(1.0, decoded[pixel]));
      drawn[pixel] = (byte) Math.round(gray);
      sum += Math.abs(gray - (frame[pixel] & 0xff));
      sumOfMedian += Math.abs((median[pixel] & 0xff) - (frame[pixel] & 0xff));
    }
    difference += sum / (GRAYS * frame.length);
    differenceOfMedian += sumOfMedian / (GRAYS * frame.length);
    counts = counts.plus(objects.compare(frame, drawn));
    if (previous != null) {
      moved.add(previous, frame, drawn);
    }
    codes.addAll(tokens);
    tokenFrames.add(List.copyOf(tokens));
    frames.add(new String(frame, StandardCharsets.ISO_8859_1));
    seen++;
  }

  /** The figures of the tokenizer. */
  public List<Figure> figures() {
    return List.of(
        Figure.of(RECALL, counts.recall(), 0),
        Figure.of(MOVED, moved.recall(), 0),
        Figure.of("false small things a frame", (double) counts.spurious() / seen, 0),
        Figure.of("small things a frame", (double) counts.things() / seen),
        Figure.of(L1, difference / seen, differenceOfMedian / seen),
        Figure.of("codes used", codes.size(), 1),
        Figure.of("distinct token frames", tokenFrames.size(), 1),
        Figure.of("distinct frames", frames.size()));
  }
}
