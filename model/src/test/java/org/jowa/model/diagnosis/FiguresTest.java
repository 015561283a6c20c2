package org.jowa.model.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jowa.model.settings.Gates;
import org.junit.jupiter.api.Test;

/** Every gate, with what should pass it and what should not. */
class FiguresTest {
  private static final int FRAME = 36;

  @Test
  void aTokenizerWithItsBallPaintedOutIsBlind() {
    byte[] court = gray(87);
    TokenizerDiagnosis sees = new TokenizerDiagnosis(court);
    TokenizerDiagnosis blind = new TokenizerDiagnosis(court);
    TokenizerDiagnosis blurred = new TokenizerDiagnosis(court);
    for (int i = 0; i < 10; i++) {
      byte[] frame = court.clone();
      for (int pixel : new int[] {0, 1, 84, 85}) {
        frame[84 * (10 + 5 * i) + 20 + pixel] = (byte) 236;
      }
      sees.add(frame, null, tokens(i), drawn(frame, 0));
      blind.add(frame, null, tokens(0), drawn(court, 0));
      blurred.add(frame, null, tokens(i), drawn(frame, 4 / 255f));
    }

    List<Figure> seen = judged(sees.figures());
    assertThat(seen).noneMatch(Figure::fails);
    assertThat(value(seen, TokenizerDiagnosis.RECALL)).isEqualTo(1);
    assertThat(value(seen, "distinct token frames")).isEqualTo(10);
    assertThat(figure(seen, TokenizerDiagnosis.L1).baseline()).isGreaterThan(0);
    List<Figure> unseen = judged(blind.figures());
    assertThat(figure(unseen, TokenizerDiagnosis.RECALL).fails()).isTrue();
    assertThat(value(unseen, TokenizerDiagnosis.RECALL)).isEqualTo(0);
    // The median frame is what it draws.
    assertThat(value(unseen, TokenizerDiagnosis.L1))
        .isCloseTo(figure(unseen, TokenizerDiagnosis.L1).baseline(), within(1e-6));
    assertThat(value(unseen, "distinct token frames")).isEqualTo(1);
    assertThat(value(unseen, "distinct frames")).isEqualTo(10);
    List<Figure> coarse = judged(blurred.figures());
    assertThat(figure(coarse, TokenizerDiagnosis.RECALL).fails()).isFalse();
    assertThat(figure(coarse, TokenizerDiagnosis.L1).fails()).isTrue();
  }

  @Test
  void aGameWithoutSmallThingsDecidesNothing() {
    TokenizerDiagnosis figures = new TokenizerDiagnosis(gray(87));
    figures.add(gray(87), null, tokens(0), drawn(gray(87), 0));
    assertThat(figure(judged(figures.figures()), TokenizerDiagnosis.RECALL).passes()).isNull();
  }

  @Test
  void aWorldModelThatCopiesFailsAtEveryHorizon() {
    ChangedTokens right = new ChangedTokens();
    ChangedTokens copying = new ChangedTokens();
    for (int horizon : ChangedTokens.HORIZONS) {
      int[] recorded = frame(0, 5);
      int[] before = frame(0, 4);
      int[] shownLast = frame(0, 3);
      right.imagined(horizon, recorded, before, recorded, shownLast);
      copying.imagined(horizon, recorded, before, shownLast, shownLast);
    }

    assertThat(judged(right.figures())).noneMatch(Figure::fails);
    List<Figure> copied = judged(copying.figures());
    assertThat(copied.stream().filter(Figure::fails)).hasSize(ChangedTokens.HORIZONS.size());
    // Nearly everything stands still, so that the copy looks well until changes are asked for.
    assertThat(value(copied, "all tokens right, 1 step free")).isEqualTo(35.0 / 36);
    assertThat(value(copied, ChangedTokens.NEXT)).isEqualTo(0);
    assertThat(figure(copied, "changed tokens right, teacher forced").value()).isNull();
  }

  @Test
  void theNextFrameNeedsMoreThanCopying() {
    ChangedTokens half = new ChangedTokens();
    int[] recorded = frame(5, 5);
    int[] imagined = frame(5, 0);
    for (int horizon : List.of(1, 2)) {
      half.imagined(horizon, recorded, frame(0, 0), imagined, frame(0, 0));
    }
    List<Figure> figures = judged(half.figures());
    assertThat(value(figures, ChangedTokens.NEXT)).isEqualTo(0.5);
    assertThat(figure(figures, ChangedTokens.NEXT).fails()).isTrue();
    assertThat(figure(figures, "changed tokens right, 2 steps free").passes()).isTrue();
    assertThat(figure(figures, "changed tokens right, 4 steps free").passes()).isNull();
  }

  @Test
  void averagePrecisionIsTheAreaByHand() {
    Events events = new Events();
    // In descending order: yes, no, yes, then a tie of one yes and two noes.
    events.add(0.9, true, true);
    events.add(0.8, false, false);
    events.add(0.7, true, true);
    events.add(0.2, false, true);
    events.add(0.2, true, false);
    events.add(0.2, false, true);
    assertThat(events.averagePrecision()).isCloseTo((1.0 + 2.0 / 3 + 3.0 / 6) / 3, within(1e-12));
    assertThat(events.rate()).isEqualTo(0.5);
    assertThat(events.recall()).isCloseTo(2.0 / 3, within(1e-12));
    assertThat(judged(events.figures(Events.REWARD))).noneMatch(Figure::fails);
  }

  @Test
  void aModelThatNeverPredictsARewardFails() {
    Events never = new Events();
    for (int i = 0; i < 100; i++) {
      never.add(0, i % 20 == 0, i % 20 != 0);
    }
    List<Figure> figures = judged(never.figures(Events.REWARD));
    assertThat(figure(figures, Events.REWARD_RECALL).fails()).isTrue();
    // Scores that are all the same order nothing: the base rate.
    assertThat(value(figures, "reward average precision")).isCloseTo(0.05, within(1e-12));
    assertThat(figure(judged(never.figures(Events.END)), Events.END_RECALL).fails()).isTrue();
    Events none = new Events();
    none.add(0.5, false, true);
    assertThat(judged(none.figures(Events.END))).noneMatch(Figure::fails);
    assertThat(judged(none.figures(Events.END)).get(0).value()).isNull();
  }

  @Test
  void aQThatFollowsTheReturnPassesAndAConstantOneFails() {
    QAgainstReturn follows = new QAgainstReturn(8);
    QAgainstReturn constant = new QAgainstReturn(8);
    QAgainstReturn against = new QAgainstReturn(8);
    for (int i = 0; i < 70; i++) {
      double g = Math.sin(i);
      follows.add(i % 7, 2 * g + 1, g, 0.5, i % 3, i % 2);
      constant.add(i % 7, 3, g, 0, 4, i % 2);
      against.add(i % 7, -g, g, 0.5, i % 3, i % 2);
      // What no TD loss ever reached counts in its own figure only.
      follows.add(7, -g, g, 9, 17, i % 2);
    }

    List<Figure> good = judged(follows.figures());
    assertThat(good).noneMatch(Figure::fails);
    assertThat(value(good, QAgainstReturn.CORRELATION)).isCloseTo(1, within(1e-12));
    assertThat(value(good, "slope of the return over Q")).isCloseTo(0.5, within(1e-12));
    assertThat(value(good, "mean gap between the two best actions")).isEqualTo(0.5);
    assertThat(value(good, "rank correlation at block 7")).isCloseTo(-1, within(1e-12));
    List<Figure> flat = judged(constant.figures());
    assertThat(figure(flat, QAgainstReturn.CORRELATION).fails()).isTrue();
    assertThat(value(flat, QAgainstReturn.CORRELATION)).isEqualTo(0);
    assertThat(figure(flat, QAgainstReturn.MOST_FREQUENT).fails()).isTrue();
    assertThat(value(flat, QAgainstReturn.MOST_FREQUENT)).isEqualTo(1);
    assertThat(figure(flat, QAgainstReturn.MOST_FREQUENT).baseline()).isEqualTo(0.5);
    assertThat(figure(judged(against.figures()), QAgainstReturn.CORRELATION).fails()).isTrue();
  }

  @Test
  void oneActionMayWinWhereTheDataHasOne() {
    QAgainstReturn q = new QAgainstReturn(1);
    for (int i = 0; i < 20; i++) {
      q.add(0, i, i, 1, 2, i == 0 ? 1 : 2);
    }
    Figure share = figure(judged(q.figures()), QAgainstReturn.MOST_FREQUENT);
    assertThat(share.value()).isEqualTo(1);
    assertThat(share.baseline()).isEqualTo(0.95);
    assertThat(share.fails()).isFalse();
  }

  @Test
  void returnsThatAreAllTheSameDecideNothing() {
    QAgainstReturn q = new QAgainstReturn(8);
    for (int i = 0; i < 10; i++) {
      q.add(0, i, 0, 1, i % 3, i % 3);
    }
    assertThat(figure(judged(q.figures()), QAgainstReturn.CORRELATION).passes()).isNull();
  }

  @Test
  void noPlayerOfOneActionAgreesWithTheBest() {
    int[] played = {0, 0, 0, 0, 0, 3, 3, 3, 4, 4};
    PolicyAgreement same = new PolicyAgreement();
    IntStream.of(played).forEach(action -> same.add(action, action));
    List<Figure> agreed = judged(same.figures());
    assertThat(value(agreed, PolicyAgreement.DECISIVE)).isEqualTo(1);
    assertThat(figure(agreed, PolicyAgreement.DECISIVE).baseline()).isEqualTo(3.0 / 5);
    assertThat(agreed).noneMatch(Figure::fails);
    for (int constant = 0; constant < 18; constant++) {
      PolicyAgreement one = new PolicyAgreement();
      int always = constant;
      IntStream.of(played).forEach(action -> one.add(always, action));
      assertThat(figure(judged(one.figures()), PolicyAgreement.DECISIVE).fails()).isTrue();
    }
    PolicyAgreement oneOnly = new PolicyAgreement();
    oneOnly.add(0, 0);
    assertThat(figure(judged(oneOnly.figures()), PolicyAgreement.DECISIVE).passes()).isNull();
  }

  @Test
  void returnsAreDiscountedFromTheEnd() {
    assertThat(Window.returns(new float[] {0, 1, 0, -2}, 0.5)).containsExactly(0.25, 0.5, -1, -2);
    assertThat(Window.returns(new float[0], 0.9)).isEmpty();
  }

  private static List<Figure> judged(List<Figure> figures) {
    return new StageFigures(Stage.Q, "Pong", figures).judged(Gates.STANDARD).figures();
  }

  private static Figure figure(List<Figure> figures, String name) {
    return figures.stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
  }

  private static double value(List<Figure> figures, String name) {
    return figure(figures, name).value();
  }

  private static int[] frame(int first, int second) {
    int[] frame = new int[FRAME];
    frame[0] = first;
    frame[1] = second;
    return frame;
  }

  private static List<Long> tokens(long id) {
    return Collections.nCopies(FRAME, id);
  }

  private static byte[] gray(int value) {
    byte[] frame = new byte[84 * 84];
    Arrays.fill(frame, (byte) value);
    return frame;
  }

  private static float[] drawn(byte[] frame, float off) {
    float[] drawn = new float[frame.length];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = (frame[i] & 0xff) / 255f + off;
    }
    return drawn;
  }
}
