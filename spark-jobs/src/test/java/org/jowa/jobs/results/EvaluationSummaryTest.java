package org.jowa.jobs.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.env.game.ReferenceScores;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;

class EvaluationSummaryTest {
  private static final ReferenceScores PONG = new ReferenceScores(-20.7, 14.6, 16.6);

  @Test
  void whatIsWrittenIsReadBackEqual() throws IOException {
    EvaluationSummary summary = summary();

    byte[] json = write(summary);

    assertThat(EvaluationSummary.read(new ByteArrayInputStream(json), "here")).isEqualTo(summary);
    assertThat(write(summary())).isEqualTo(json);
  }

  @Test
  void statisticsAreThoseOfTheEpisodes() {
    GameResult pong = summary().games().get(0);

    assertThat(pong.agent())
        .isEqualTo(new ScoreStatistics(4, 1, -17, -16.5, -20, -15, Math.sqrt(14.0 / 3), 850));
    assertThat(pong.truncated()).isTrue();
    assertThat(pong.humanNormalised()).isCloseTo(3.7 / 35.3, within(1e-12));
    assertThat(pong.random().mean()).isEqualTo(-21);
    assertThat(pong.advantageOverRandom().value()).isEqualTo(4);
  }

  @Test
  void aGameWithoutReferenceScoresStaysOutOfTheAggregates() {
    EvaluationSummary summary = summary();

    assertThat(summary.games()).hasSize(2);
    assertThat(summary.games().get(1).humanNormalised()).isNull();
    assertThat(summary.games().get(1).random()).isNull();
    assertThat(summary.aggregates().games()).isEqualTo(1);
    assertThat(summary.aggregates().superhuman()).isZero();
    assertThat(summary.aggregates().human().iqmOfGameMeans()).isCloseTo(3.7 / 35.3, within(1e-12));
  }

  @Test
  void oneEpisodeAGameGivesNoInterval() {
    EvaluationSummary summary =
        base().game("Pong", "md5", Optional.of(PONG), episodes("Pong", 3), List.of()).build();

    assertThat(summary.aggregates().human().iqmOverRuns()).isNull();
  }

  @Test
  void nothingToTellApartGivesNoIntervalAndTheReason() throws IOException {
    GameResult one = pong(List.of(-5.0), List.of(-6.0, -7.0));
    assertThat(one.advantageOverRandom().hasInterval()).isFalse();
    assertThat(one.advantageOverRandom().value()).isEqualTo(1.5);
    assertThat(one.whyNoVerdict()).isEqualTo("fewer than two episodes a side");
    GameResult equal = pong(List.of(-5.0, -5.0, -5.0), List.of(-6.0, -7.0));
    assertThat(equal.advantageOverRandom().hasInterval()).isFalse();
    assertThat(equal.whyNoVerdict()).isEqualTo("all episodes of a side are equal");
    GameResult told = pong(List.of(-5.0, -4.0), List.of(-6.0, -7.0));
    assertThat(told.advantageOverRandom().low()).isPositive();
    assertThat(told.whyNoVerdict()).isNull();
  }

  @Test
  void anIntervalOfNoWidthInAnOlderSummaryIsNotBelieved() throws IOException {
    String json =
        new String(write(summary()), StandardCharsets.UTF_8)
            .replace("\"low\" : null", "\"low\" : 4.0")
            .replace("\"high\" : null", "\"high\" : 4.0");
    assertThat(json).contains("\"low\" : 4.0");

    EvaluationSummary read =
        EvaluationSummary.read(
            new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), "here");

    assertThat(read.games().get(0).advantageOverRandom().hasInterval()).isFalse();
  }

  private static GameResult pong(List<Double> agent, List<Double> random) {
    return base()
        .game(
            "Pong",
            "md5",
            Optional.of(PONG),
            episodes("Pong", agent.stream().mapToDouble(r -> r).toArray()),
            episodes("Pong", random.stream().mapToDouble(r -> r).toArray()))
        .build()
        .games()
        .get(0);
  }

  @Test
  void noReferenceScoresGiveNoAggregates() throws IOException {
    EvaluationSummary summary =
        base()
            .game("Adventure", "md5", Optional.empty(), episodes("Adventure", 1), List.of())
            .build();

    assertThat(summary.aggregates()).isNull();
    assertThat(EvaluationSummary.read(new ByteArrayInputStream(write(summary)), "here"))
        .isEqualTo(summary);
  }

  @Test
  void aDamagedSummaryIsOneLineThatNamesTheFile() throws IOException {
    String json = new String(write(summary()), StandardCharsets.UTF_8);

    for (String damaged :
        List.of(
            "",
            json.substring(0, 200),
            "[1]",
            "{}",
            json.replace("\"format\" : 1", "\"format\" : 9"))) {
      assertThatThrownBy(
              () ->
                  EvaluationSummary.read(
                      new ByteArrayInputStream(damaged.getBytes(StandardCharsets.UTF_8)), "S.json"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("S.json")
          .hasMessageNotContaining("\n");
    }
  }

  private static EvaluationSummary summary() {
    return base()
        .game(
            "Pong",
            "60e0ea3cbe0913d39803477945e9e5ec",
            Optional.of(PONG),
            episodes("Pong", -20, -15, -16, -17),
            episodes("Pong", -21, -21))
        .game("Adventure", "md5", Optional.empty(), episodes("Adventure", 0, 1), List.of())
        .build();
  }

  private static EvaluationSummary.Builder base() {
    return EvaluationSummary.builder("quick")
        .protocol(new EvaluationProtocol("jowa", 0, 108_000, 1_000))
        .planner("beam", Map.of("beam-width", "4", "horizon", "2"))
        .seed(3)
        .model(
            new EvaluatedModel("stage2", 300, "model/checkpoints/step-00000300", "ab", "cd", null))
        .version("jowa", "0.1.0")
        .wallSeconds(12.5);
  }

  /** The first is 1,000 steps long and truncated, the others 800. */
  private static List<EpisodeResult> episodes(String game, double... returns) {
    List<EpisodeResult> episodes = new ArrayList<>();
    for (int i = 0; i < returns.length; i++) {
      episodes.add(new EpisodeResult(game, i, 100 + i, returns[i], i == 0 ? 1000 : 800, i == 0));
    }
    return episodes;
  }

  private static byte[] write(EvaluationSummary summary) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    summary.write(out);
    return out.toByteArray();
  }
}
