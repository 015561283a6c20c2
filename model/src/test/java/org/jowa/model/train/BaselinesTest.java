package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.jowa.model.diagnosis.LearningSums;
import org.junit.jupiter.api.Test;

class BaselinesTest {
  @Test
  void aCollapsedCodebookIsSaid() {
    assertThat(Baselines.ofTokenizer(Map.of("codebookUse", 11 / 256.0)))
        .hasValueSatisfying(text -> assertThat(text).contains("4.3% of its codes"));
    assertThat(Baselines.ofTokenizer(Map.of("codebookUse", 0.5))).isEmpty();
    assertThat(Baselines.ofTokenizer(Map.of())).isEmpty();
  }

  @Test
  void aWorldModelThatLearnedNothingIsSaid() {
    assertThat(Baselines.ofWorld(Map.of(LearningSums.REWARD_RECALL, 0.0)))
        .hasValueSatisfying(text -> assertThat(text).contains("none of the held-out rewards"));
    assertThat(Baselines.ofWorld(Map.of(LearningSums.RETURN_CORRELATION, 0.01)))
        .hasValueSatisfying(text -> assertThat(text).contains("correlation 0.01"));
    assertThat(Baselines.ofWorld(actions(1, 0.4)))
        .hasValueSatisfying(text -> assertThat(text).contains("in 100% of", "data: 40%"));
    assertThat(Baselines.ofWorld(actions(1, 0.95))).isEmpty();
    assertThat(Baselines.ofWorld(actions(0.6, 0.4))).isEmpty();
    assertThat(
            Baselines.ofWorld(
                Map.of(LearningSums.REWARD_RECALL, 0.1, LearningSums.RETURN_CORRELATION, 0.3)))
        .isEmpty();
    // Stage 1 has no figures of Q.
    assertThat(Baselines.ofWorld(Map.of())).isEmpty();
  }

  @Test
  void lateIsTheLastQuarter() {
    assertThat(Baselines.isLate(73, 100)).isFalse();
    assertThat(Baselines.isLate(74, 100)).isTrue();
    assertThat(Baselines.isLate(99, 100)).isTrue();
  }

  private static Map<String, Double> actions(double greedy, double ofData) {
    return Map.of(
        LearningSums.MOST_FREQUENT_ACTION, greedy, LearningSums.MOST_FREQUENT_OF_DATA, ofData);
  }
}
