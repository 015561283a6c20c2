package org.jowa.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.env.game.Games;
import org.jowa.jobs.html.Html;
import org.jowa.jobs.html.LineChart;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.jobs.results.EvaluatedModel;
import org.jowa.jobs.results.EvaluationProtocol;
import org.jowa.jobs.results.EvaluationSummary;
import org.junit.jupiter.api.Test;

class ScoreCurvesTest {
  @Test
  void checkpointsEvaluatedInTheSameWayMakeACurve() {
    List<LineChart> charts =
        ScoreCurves.of(
            List.of(evaluation(200, "2", -5), evaluation(100, "2", -21), evaluation(300, "4", 3)));

    assertThat(charts).hasSize(1);
    Html html = new Html();
    charts.get(0).accept(html);
    // Random play is -20.7 and a human 14.6.
    assertThat(html.document()).contains("Pong from −0.0085 at step 100 to 0.445 at step 200");
  }

  @Test
  void whatIsNoLongerTheNewestIsEarlier() {
    List<EvaluationContents> all =
        List.of(evaluation(300, "4", 3), evaluation(200, "2", -5), evaluation(100, "2", -21));

    assertThat(ScoreCurves.earlier(all)).containsExactly("at100");
  }

  @Test
  void aGameWithoutPublishedScoresHasACurveOfRawReturns() {
    List<LineChart> charts =
        ScoreCurves.of(List.of(of("AirRaid", 200, "2", 40), of("AirRaid", 100, "2", 30)));

    Html html = new Html();
    charts.get(0).accept(html);
    assertThat(html.document()).contains("raw return", "AirRaid from 30 at step 100 to 40");
  }

  @Test
  void oneCheckpointMakesNone() {
    assertThat(ScoreCurves.of(List.of(evaluation(200, "2", -5), evaluation(200, "3", -5))))
        .isEmpty();
  }

  private static EvaluationContents evaluation(long step, String width, double score) {
    return of("Pong", step, width, score);
  }

  private static EvaluationContents of(String game, long step, String width, double score) {
    EvaluationSummary summary =
        EvaluationSummary.builder("at" + step)
            .protocol(new EvaluationProtocol("jowa", 0, 108_000, 108_000))
            .planner("beam", Map.of("beam-width", width))
            .seed(0)
            .model(new EvaluatedModel("stage2", step, "model", "a", "b", null))
            .game(
                game,
                "c",
                Games.byName(game).scores(),
                List.of(new EpisodeResult(game, 0, 0, score, 900, false)),
                List.of())
            .build();
    return new EvaluationContents(summary, List.of(), Optional.empty());
  }
}
