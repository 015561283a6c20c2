package org.jowa.jobs.scores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jowa.env.game.ReferenceScores;
import org.junit.jupiter.api.Test;

class ScoresTest {
  @Test
  void medianOfAnEvenCountIsBetweenTheMiddleTwo() {
    assertThat(Scores.median(4, 1, 3, 2)).isEqualTo(2.5);
    assertThat(Scores.median(9, 1, 2)).isEqualTo(2);
  }

  @Test
  void interquartileMeanDropsAQuarterAtEitherEndRoundedDown() {
    assertThat(Scores.interquartileMean(1000, 1, 2, -500)).isEqualTo(1.5);
    assertThat(Scores.interquartileMean(1, 2, 6)).isEqualTo(3);
    assertThat(Scores.trimmedAtEitherEnd(15)).isEqualTo(3);
    assertThat(Scores.trimmedAtEitherEnd(3)).isZero();
  }

  @Test
  void standardDeviationIsThatOfASample() {
    assertThat(Scores.standardDeviation(2, 4, 4, 4, 5, 5, 7, 9)).isEqualTo(Math.sqrt(32.0 / 7));
    assertThat(Scores.standardDeviation(3)).isZero();
  }

  @Test
  void nothingToSummariseIsRefused() {
    assertThatThrownBy(Scores::mean).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Bootstrap.STANDARD.mean(new double[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void rliableIqmOfThePublishedEpisodesAndItsIntervals() throws IOException {
    Estimate large = publishedIqm("150M");
    assertThat(large.value()).isCloseTo(0.7303673485472011, within(1e-12));
    assertThat(large.low()).isCloseTo(0.694, within(0.003));
    assertThat(large.high()).isCloseTo(0.770, within(0.003));
    assertThat(publishedIqm("70M").value()).isCloseTo(0.638, within(0.0005));
    assertThat(publishedIqm("40M").value()).isCloseTo(0.500, within(0.0005));
  }

  @Test
  void equalSeedsGiveEqualIntervalsAndOthersDiffer() {
    List<double[]> scores = List.of(new double[] {1, 2, 3, 5}, new double[] {0, 1, 8, 2});

    Estimate first = new Bootstrap(200, 7).interquartileMean(scores);
    assertThat(new Bootstrap(200, 7).interquartileMean(scores)).isEqualTo(first);
    assertThat(new Bootstrap(200, 8).interquartileMean(scores)).isNotEqualTo(first);
  }

  @Test
  void resamplingStaysWithinAGame() {
    List<double[]> games = List.of(new double[] {0, 0, 0.001}, new double[] {100, 100});

    Estimate estimate = Bootstrap.STANDARD.interquartileMean(games);

    assertThat(estimate.high() - estimate.low()).isBetween(0.0, 0.001);
  }

  @Test
  void whatDoesNotVaryOrIsOneValueHasNoInterval() {
    double[] one = {3};
    double[] equal = {3, 3, 3};
    double[] varied = {1, 2, 3};

    for (Estimate none :
        List.of(
            Bootstrap.STANDARD.mean(one),
            Bootstrap.STANDARD.mean(equal),
            Bootstrap.STANDARD.interquartileMean(List.of(varied, one)),
            Bootstrap.STANDARD.interquartileMean(List.of(equal, equal)),
            Bootstrap.STANDARD.differenceOfMeans(one, varied),
            Bootstrap.STANDARD.differenceOfMeans(varied, one),
            Bootstrap.STANDARD.differenceOfMeans(varied, equal),
            Bootstrap.STANDARD.differenceOfMeans(equal, varied))) {
      assertThat(none.hasInterval()).isFalse();
    }
    assertThat(Bootstrap.STANDARD.differenceOfMeans(equal, one).value()).isZero();
    assertThat(Bootstrap.STANDARD.mean(varied).hasInterval()).isTrue();
    assertThat(Bootstrap.STANDARD.interquartileMean(List.of(equal, varied)).hasInterval()).isTrue();
  }

  @Test
  void differenceOfMeansHoldsTheTrueDifference() {
    double[] better = {5, 6, 7, 6, 5, 7};
    double[] worse = {1, 2, 1, 3, 2, 3};

    Estimate difference = Bootstrap.STANDARD.differenceOfMeans(better, worse);

    assertThat(difference.value()).isEqualTo(4);
    assertThat(difference.low()).isBetween(2.5, 4.0);
    assertThat(difference.high()).isBetween(4.0, 5.5);
  }

  private static Estimate publishedIqm(String size) throws IOException {
    JsonNode golden =
        new ObjectMapper()
            .readTree(
                Path.of(System.getProperty("jowa.project"), "integration-tests/golden/scores.json")
                    .toFile());
    List<double[]> games = new ArrayList<>();
    for (Map.Entry<String, JsonNode> game : golden.get("episodes").get(size).properties()) {
      JsonNode base = golden.get("base").get(game.getKey());
      JsonNode raw = game.getValue().get("raw_scores");
      double[] scores = new double[raw.size()];
      ReferenceScores reference =
          new ReferenceScores(
              base.get("random").asDouble(),
              base.get("human").asDouble(),
              base.get("dqn").asDouble());
      for (int i = 0; i < scores.length; i++) {
        scores[i] = reference.humanNormalised(raw.get(i).asDouble());
      }
      games.add(scores);
    }
    return Bootstrap.STANDARD.interquartileMean(games);
  }
}
