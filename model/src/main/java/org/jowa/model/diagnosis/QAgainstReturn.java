package org.jowa.model.diagnosis;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.stat.correlation.SpearmansCorrelation;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/**
 * Q of recorded steps against what the recorded play got from there on. The play isn't the greedy
 * one, so Q needn't be equal to it; but where it is high, returns should be.
 */
final class QAgainstReturn {
  static final String CORRELATION = "rank correlation with the return";
  static final String MOST_FREQUENT = "share of the commonest greedy action";

  private final int blocks;
  private final List<Step> steps = new ArrayList<>();

  /** Of the actions taken, by id. */
  private record Step(
      int block, double q, double discountedReturn, double gap, int greedy, int taken) {}

  /**
   * @param blocks of the model: each position in its context gets a figure of its own
   */
  QAgainstReturn(int blocks) {
    this.blocks = blocks;
  }

  /**
   * @param block place of the step in the context, from 0
   * @param q expected value of the action that was taken
   * @param discountedReturn of the record from this step to its end
   * @param gap between the values of the best and of the second best action
   * @param greedy action of the largest value
   * @param taken action of the record
   */
  void add(int block, double q, double discountedReturn, double gap, int greedy, int taken) {
    steps.add(new Step(block, q, discountedReturn, gap, greedy, taken));
  }

  /**
   * Spearman's rank correlation; 0 if Q is the same everywhere, NaN if returns are or there are
   * less than two steps.
   */
  double rankCorrelation() {
    return rankCorrelation(trained());
  }

  private static double rankCorrelation(List<Step> steps) {
    double[] q = column(steps, Step::q);
    double[] returns = column(steps, Step::discountedReturn);
    if (steps.size() < 2 || isConstant(returns)) {
      return Double.NaN;
    }
    return isConstant(q) ? 0 : new SpearmansCorrelation().correlation(q, returns);
  }

  /** Least squares of the return over Q: 1 if Q is right but for a constant; NaN if Q is one. */
  double slope() {
    SimpleRegression line = new SimpleRegression();
    trained().forEach(step -> line.addData(step.q(), step.discountedReturn()));
    return line.getSlope();
  }

  /** Mean of Q less the return. */
  double bias() {
    return mean(step -> step.q() - step.discountedReturn());
  }

  /** Mean advantage of the best action over the second best. */
  double actionGap() {
    return mean(Step::gap);
  }

  /** Share of states in which the most frequent greedy action wins. */
  double mostFrequentGreedy() {
    return mostFrequent(Step::greedy);
  }

  /** Share of the action that the record takes most often. */
  double mostFrequentTaken() {
    return mostFrequent(Step::taken);
  }

  /** The figures of the Q-function. */
  List<Figure> figures() {
    List<Figure> figures = new ArrayList<>();
    figures.add(Figure.of(CORRELATION, rankCorrelation(), 0));
    figures.add(Figure.of(MOST_FREQUENT, mostFrequentGreedy(), mostFrequentTaken()));
    figures.add(Figure.of("slope of the return over Q", slope(), 0));
    figures.add(Figure.of("mean Q less the return", bias()));
    figures.add(Figure.of("mean gap between the two best actions", actionGap(), 0));
    for (int block = 0; block < blocks; block++) {
      int at = block;
      figures.add(
          Figure.of(
              "rank correlation at block " + block,
              rankCorrelation(steps.stream().filter(step -> step.block() == at).toList()),
              0));
    }
    return figures;
  }

  /** The last block of a training sequence has no next one: the TD loss never reaches it. */
  private List<Step> trained() {
    return steps.stream().filter(step -> isTrained(step.block(), blocks)).toList();
  }

  /** Whether the TD loss reaches a block of training sequences, at steps that end no episode. */
  static boolean isTrained(int block, int blocks) {
    return block < blocks - 1 || blocks == 1;
  }

  private double mean(ToDoubleFunction<Step> of) {
    return trained().stream().mapToDouble(of).average().orElse(Double.NaN);
  }

  private double mostFrequent(ToDoubleFunction<Step> action) {
    double[] actions = column(trained(), action);
    return Arrays.stream(actions)
        .distinct()
        .mapToObj(a -> Arrays.stream(actions).filter(b -> b == a).count())
        .max(Comparator.naturalOrder())
        .map(count -> (double) count / actions.length)
        .orElse(Double.NaN);
  }

  private static double[] column(List<Step> steps, ToDoubleFunction<Step> of) {
    return steps.stream().mapToDouble(of).toArray();
  }

  private static boolean isConstant(double[] values) {
    return Arrays.stream(values).allMatch(value -> value == values[0]);
  }
}
