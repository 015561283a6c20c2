package org.jowa.jobs.html;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jowa.jobs.html.LineChart.Line;
import org.jowa.jobs.html.LineChart.Point;
import org.junit.jupiter.api.Test;

class ChartsTest {
  @Test
  void thinningKeepsEndsAndPeaks() {
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      points.add(new Point(i, i == 31_234 ? 100 : i == 777 ? -5 : Math.sin(i)));
    }

    List<Point> thinned = LineChart.thinned(points);

    assertThat(thinned).hasSizeLessThan(500);
    assertThat(thinned).contains(new Point(31_234, 100), new Point(777, -5));
    assertThat(thinned.get(0)).isEqualTo(points.get(0));
    assertThat(thinned.get(thinned.size() - 1)).isEqualTo(points.get(points.size() - 1));
    assertThat(thinned).isSortedAccordingTo((a, b) -> Double.compare(a.x(), b.x()));
  }

  @Test
  void aChartTellsItsContentInWords() {
    LineChart chart =
        LineChart.titled("Reward", "cross-entropy")
            .line(new Line("training", List.of(new Point(10, 0.5), new Point(4000, 0.1))))
            .line(new Line("held-out", List.of()));

    assertThat(new Html().add(chart).document())
        .contains(
            "aria-label=\"Reward (cross-entropy): training from 0.5 at step 10 to 0.1 at step"
                + " 4,000.\"")
        .doesNotContain("held-out");
  }

  @Test
  void marksBeyondTheLinesAreLeftOutAndLabelsCoverNoOther() {
    LineChart chart =
        LineChart.titled("Behaviour", "cross-entropy")
            .line(new Line("training", List.of(new Point(0, 1), new Point(1000, 0))))
            .mark(800, "stage 2")
            .mark(790, "stage 1")
            .mark(100, "early")
            .mark(1001, "beyond");

    assertThat(new Html().add(chart).document())
        .doesNotContain("beyond")
        .contains("left:10.00%;top:0.0em\">early")
        .contains("left:79.00%;top:0.0em\">stage 1")
        .contains("left:80.00%;top:1.2em\">stage 2");
  }

  @Test
  void ticksBetweenWholeNumbersAreNotRoundedToEqualOnes() {
    LineChart chart =
        LineChart.titled("Score over size", "IQM")
            .line(new Line("runs", List.of(new Point(0.5, 1), new Point(2.4, 2))));

    assertThat(new Html().add(chart).document()).contains(">0.5<", ">1<", ">1.5<", ">2<");
  }

  @Test
  void aSinglePointIsDrawn() {
    LineChart chart = LineChart.titled("a", "b").line(new Line("c", List.of(new Point(5, 1))));

    assertThat(new Html().add(chart).document()).contains("h.1").doesNotContain("NaN");
    assertThat(LineChart.titled("a", "b").isEmpty()).isTrue();
  }

  @Test
  void barsAreSortedAndWhatIsBeyondTheAxisGetsAnArrow() {
    ScoreBars bars =
        ScoreBars.of(
            "id",
            List.of(
                new ScoreBars.Bar("Low", 0.1, true, List.of()),
                new ScoreBars.Bar("Atlantis", 174.8, false, List.of())));

    String page = new Html().add(bars).document();

    assertThat(page.indexOf("Atlantis</text>")).isLessThan(page.indexOf("Low</text>"));
    assertThat(page).containsOnlyOnce("class=\"beyond\"").contains("175").contains("bar partial");
  }
}
