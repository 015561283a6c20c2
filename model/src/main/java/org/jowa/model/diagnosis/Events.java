package org.jowa.model.diagnosis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * How well something rare is predicted: rewards, or ends of episodes.
 *
 * <p>Average precision is the area under precision over recall, summed at each step that has one,
 * in descending order of the score; steps of equal score count as one place. A predictor that knows
 * nothing gets the share of steps that have one.
 */
final class Events {
  static final String REWARD = "reward";
  static final String END = "end";
  private static final String RECALL = " recall";
  static final String REWARD_RECALL = REWARD + RECALL;
  static final String END_RECALL = END + RECALL;

  private final List<Prediction> predictions = new ArrayList<>();

  /**
   * @param score how sure the model is that there is one
   * @param happened whether there was
   * @param found whether the model's likeliest answer is what happened
   */
  private record Prediction(double score, boolean happened, boolean found) {}

  /**
   * @param score larger for what is likelier
   * @param happened whether the step has one
   * @param found whether the model's likeliest answer is that of the record
   */
  void add(double score, boolean happened, boolean found) {
    predictions.add(new Prediction(score, happened, found));
  }

  /** Steps that have one. */
  long count() {
    return predictions.stream().filter(Prediction::happened).count();
  }

  /** Share of the steps that have one; NaN without steps. */
  double rate() {
    return (double) count() / predictions.size();
  }

  /** Share of those that have one of which the model's likeliest answer says so; NaN if none. */
  double recall() {
    long found = predictions.stream().filter(p -> p.happened() && p.found()).count();
    return (double) found / count();
  }

  /** 1 if all steps that have one are ahead of all others; NaN if no step has one. */
  double averagePrecision() {
    List<Prediction> sorted =
        predictions.stream()
            .sorted(Comparator.comparingDouble((Prediction p) -> -p.score()))
            .toList();
    long all = count();
    long seen = 0;
    long hits = 0;
    double area = 0;
    for (int i = 0; i < sorted.size(); ) {
      int ties = i;
      long hitsBefore = hits;
      while (ties < sorted.size() && sorted.get(ties).score() == sorted.get(i).score()) {
        hits += sorted.get(ties).happened() ? 1 : 0;
        seen++;
        ties++;
      }
      area += (double) (hits - hitsBefore) / all * hits / seen;
      i = ties;
    }
    return all == 0 ? Double.NaN : area;
  }

  /**
   * The figures of one kind of event.
   *
   * @param what it is, in the singular
   */
  List<Figure> figures(String what) {
    return List.of(
        Figure.of(what + RECALL, recall(), rate()),
        Figure.of(what + " average precision", averagePrecision(), rate()),
        Figure.of("steps with a" + (what.equals(END) ? "n " : " ") + what, count()));
  }
}
