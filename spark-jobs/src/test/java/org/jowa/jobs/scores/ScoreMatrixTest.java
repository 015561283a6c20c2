package org.jowa.jobs.scores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ScoreMatrixTest {
  private static final Bootstrap BOOTSTRAP = new Bootstrap(2_000, 0);

  @Test
  void aggregatesAreThoseOfTheDefinitions() {
    // Two games, one run: means 1 and 3, and a third game of mean 0.2.
    ScoreMatrix scores = of(new double[][] {{0, 2}, {3, 3}, {0.1, 0.3}});

    assertThat(value(scores, Aggregate.MEAN)).isCloseTo(1.4, within(1e-12));
    assertThat(value(scores, Aggregate.MEDIAN)).isEqualTo(1);
    assertThat(value(scores, Aggregate.IQM_OF_GAMES)).isCloseTo(1.4, within(1e-12));
    // Of 0, 0.1, 0.3, 2, 3, 3 one is dropped at either end.
    assertThat(value(scores, Aggregate.IQM_OF_EPISODES)).isCloseTo(5.4 / 4, within(1e-12));
    // What is missing to 1: (1 + 0) / 2, 0 and (0.9 + 0.7) / 2.
    assertThat(value(scores, Aggregate.OPTIMALITY_GAP))
        .isCloseTo((0.5 + 0 + 0.8) / 3, within(1e-9));
  }

  @Test
  void probabilityOfImprovementCountsPairsAndTiesHalf() {
    double[][] first = {{1, 2}, {5, 5}};
    double[][] second = {{0, 2, 3}, {5, 5}};
    // Game 1: of six pairs 1>0, 2>0 and 2=2: 2.5 / 6; game 2: all tie.
    assertThat(Scores.probabilityOfImprovement(first, second))
        .isCloseTo((2.5 / 6 + 0.5) / 2, within(1e-12));
    assertThat(Scores.probabilityOfImprovement(second, first))
        .isCloseTo(1 - (2.5 / 6 + 0.5) / 2, within(1e-12));
  }

  @Test
  void improvementOfAClearlyBetterGroupIsSureAndOfEqualOnesIsNot() {
    Random random = new Random(1);
    ScoreMatrix low = random(random, 0, 4, 3, 8);
    ScoreMatrix lowToo = random(random, 0, 4, 3, 8);
    ScoreMatrix high = random(random, 10, 4, 3, 8);

    assertThat(high.improvementOver(low, false, BOOTSTRAP)).isEqualTo(new Estimate(1, 1.0, 1.0));
    assertThat(low.improvementOver(high, true, BOOTSTRAP)).isEqualTo(new Estimate(0, 0.0, 0.0));
    Estimate equal = low.improvementOver(lowToo, false, BOOTSTRAP);
    assertThat(equal.low()).isLessThan(0.5);
    assertThat(equal.high()).isGreaterThan(0.5);
  }

  /** Runs that differ by far more than their episodes do: only one interval knows. */
  @Test
  void chanceBetweenTrainingsIsToldApartFromChanceBetweenEpisodes() {
    ScoreMatrix scores =
        new ScoreMatrix(new double[][][] {{{1, 1.1}, {5, 5.1}, {9, 9.1}, {13, 13.1}}});

    Estimate episodes = scores.overEpisodes(Aggregate.MEAN, BOOTSTRAP);
    Estimate runs = scores.overRuns(Aggregate.MEAN, BOOTSTRAP);

    assertThat(episodes.value()).isEqualTo(runs.value()).isCloseTo(7.05, within(1e-12));
    assertThat(episodes.high() - episodes.low()).isLessThan(0.11);
    assertThat(runs.high() - runs.low()).isGreaterThan(6);
  }

  @Test
  void oneRunAllowsNoIntervalOfTrainingsAndEqualEpisodesNone() {
    ScoreMatrix one = of(new double[][] {{1, 2, 3}});
    assertThat(one.overRuns(Aggregate.MEAN, BOOTSTRAP).hasInterval()).isFalse();
    assertThat(one.whyNoIntervalOverRuns()).isEqualTo("one run");
    ScoreMatrix equal = of(new double[][] {{2, 2}, {3, 3}});
    assertThat(equal.overEpisodes(Aggregate.MEAN, BOOTSTRAP))
        .isEqualTo(new Estimate(2.5, null, null));
    assertThat(equal.improvementOver(equal, false, BOOTSTRAP).hasInterval()).isFalse();
  }

  @Test
  void equalSeedsGiveEqualIntervals() {
    ScoreMatrix scores = random(new Random(3), 0, 5, 2, 6);
    assertThat(scores.overEpisodes(Aggregate.IQM_OF_EPISODES, BOOTSTRAP))
        .isEqualTo(scores.overEpisodes(Aggregate.IQM_OF_EPISODES, BOOTSTRAP))
        .isNotEqualTo(scores.overEpisodes(Aggregate.IQM_OF_EPISODES, new Bootstrap(2_000, 1)));
  }

  private static double value(ScoreMatrix scores, Aggregate aggregate) {
    return scores.overEpisodes(aggregate, new Bootstrap(1, 0)).value();
  }

  private static ScoreMatrix of(double[][] games) {
    double[][][] scores = new double[games.length][][];
    for (int i = 0; i < games.length; i++) {
      scores[i] = new double[][] {games[i]};
    }
    return new ScoreMatrix(scores);
  }

  private static ScoreMatrix random(Random random, double mean, int games, int runs, int episodes) {
    double[][][] scores = new double[games][runs][episodes];
    for (double[][] game : scores) {
      for (double[] run : game) {
        for (int i = 0; i < episodes; i++) {
          run[i] = mean + random.nextGaussian();
        }
      }
    }
    return new ScoreMatrix(scores);
  }
}
