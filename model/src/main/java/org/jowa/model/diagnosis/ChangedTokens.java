package org.jowa.model.diagnosis;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jowa.model.settings.WorldConfig;

/**
 * How many tokens a world model predicts right, beside copying the last frame that it was shown. A
 * token of a frame has changed if the recorded frame before has another one at its place: most
 * don't, so that copying is nearly always right, and says nothing.
 */
public final class ChangedTokens {
  /** Steps after the last recorded frame at which a free-running model is looked at. */
  public static final List<Integer> HORIZONS = List.of(1, 2, 4, 8);

  /** What the figures of changed tokens begin with. */
  private static final String FREE = "changed tokens right, ";

  /** The figure of the next frame, each of whose tokens follows from those before it. */
  static final String NEXT = FREE + "1 step free";

  private final Count taught = new Count();
  private final List<Count> free = new ArrayList<>();

  private static final class Count {
    private long tokens;
    private long right;
    private long copied;
    private long changed;
    private long changedRight;
    private long changedCopied;

    void add(int recorded, int before, int predicted, int shownLast) {
      boolean isRight = predicted == recorded;
      boolean isCopied = shownLast == recorded;
      tokens++;
      right += isRight ? 1 : 0;
      copied += isCopied ? 1 : 0;
      if (recorded != before) {
        changed++;
        changedRight += isRight ? 1 : 0;
        changedCopied += isCopied ? 1 : 0;
      }
    }

    double accuracy() {
      return (double) right / tokens;
    }

    double copying() {
      return (double) copied / tokens;
    }

    double changedAccuracy() {
      return (double) changedRight / changed;
    }

    double changedCopying() {
      return (double) changedCopied / changed;
    }
  }

  /** Nothing counted. */
  ChangedTokens() {
    HORIZONS.forEach(horizon -> free.add(new Count()));
  }

  /**
   * A token that changed, predicted from all recorded tokens before it.
   *
   * @param before the token at its place one frame earlier
   */
  void taught(int recorded, int before, int predicted) {
    taught.add(recorded, before, predicted, before);
  }

  /**
   * A frame that the model imagined.
   *
   * @param horizon one of {@link #HORIZONS}
   * @param recorded the frame that came
   * @param before the recorded frame one step earlier
   * @param imagined what the model makes of it
   * @param shownLast the last recorded frame that the model has seen
   */
  void imagined(int horizon, int[] recorded, int[] before, int[] imagined, int[] shownLast) {
    Count count = free.get(HORIZONS.indexOf(horizon));
    for (int i = 0; i < WorldConfig.FRAME_TOKENS; i++) {
      count.add(recorded[i], before[i], imagined[i], shownLast[i]);
    }
  }

  /** The figures of the world model. */
  List<Figure> figures() {
    List<Figure> figures = new ArrayList<>();
    Count next = free.get(0);
    figures.add(Figure.of("tokens that change in a step", (double) next.changed / next.tokens));
    figures.add(
        Figure.of(
            "changed tokens right, teacher forced",
            taught.changedAccuracy(),
            taught.changedCopying()));
    for (int i = 0; i < free.size(); i++) {
      Count count = free.get(i);
      figures.add(Figure.of(FREE + steps(i), count.changedAccuracy(), count.changedCopying()));
    }
    for (int i = 0; i < free.size(); i++) {
      Count count = free.get(i);
      figures.add(Figure.of("all tokens right, " + steps(i), count.accuracy(), count.copying()));
    }
    return figures;
  }

  /** Whether a figure is of changed tokens in free running. */
  static boolean isFree(String figure) {
    return figure.startsWith(FREE) && figure.endsWith(" free");
  }

  private static String steps(int horizon) {
    int steps = HORIZONS.get(horizon);
    return String.format(Locale.ROOT, "%d step%s free", steps, steps == 1 ? "" : "s");
  }
}
