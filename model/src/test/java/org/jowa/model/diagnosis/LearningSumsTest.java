package org.jowa.model.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.PearsonsCorrelation;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jowa.env.game.Games;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.TestModels;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LearningSumsTest {
  private static final int STEPS = 8;

  private WorldActionModel model;

  @BeforeEach
  void open() {
    TorchRuntime.init();
    TorchRuntime.setThreads(1);
    model = WorldActionModel.create(TestModels.small(2).withDropouts(Dropouts.NONE), 3);
    try (StepScope scope = StepScope.inference()) {
      model.parameters().weights().mul_(new Scalar(4.0));
    }
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void figuresAreThoseOfTheStepsOneByOne() {
    WorldBatch batch = TestModels.batch(1, STEPS, 11);
    float[] returns = returns(batch);
    Map<String, Double> figures = sums(batch, returns, true).figures();

    double[] q = new double[STEPS - 1];
    double[] g = new double[STEPS - 1];
    int[] greedy = new int[WorldConfig.ACTIONS];
    int[] taken = new int[WorldConfig.ACTIONS];
    int rewards = 0;
    int found = 0;
    boolean[] valid = Games.byId(batch.games()[0]).validActions();
    try (StepScope scope = StepScope.inference();
        WorldDecoder decoder = WorldDecoder.of(model.config(), model.parameters()::get)) {
      Tensor features = model.forward(batch, Optional.empty());
      float[] critic = decoder.unrestrictedCritic(rows(features, WorldConfig.Q_OFFSET));
      int[] signs =
          WorldDecoder.argmax(decoder.rewardLogits(rows(features, WorldConfig.ACTION_OFFSET)));
      for (int step = 0; step < STEPS; step++) {
        int sign = (int) batch.rewards()[step];
        rewards += sign == 0 ? 0 : 1;
        found += sign != 0 && signs[step] - 1 == sign ? 1 : 0;
        if (step < STEPS - 1) {
          int at = step * WorldConfig.ACTIONS;
          q[step] = critic[at + batch.actions()[step]];
          g[step] = returns[step];
          taken[batch.actions()[step]]++;
          greedy[
              IntStream.range(0, valid.length)
                  .filter(a -> valid[a])
                  .reduce((a, b) -> critic[at + b] > critic[at + a] ? b : a)
                  .orElseThrow()]++;
        }
      }
    }
    assertThat(figures.get(LearningSums.RETURN_CORRELATION))
        .isCloseTo(new PearsonsCorrelation().correlation(q, g), within(1e-4));
    assertThat(figures.get(LearningSums.REWARD_RECALL)).isEqualTo((double) found / rewards);
    assertThat(figures.get(LearningSums.MOST_FREQUENT_ACTION))
        .isEqualTo(IntStream.of(greedy).max().orElse(0) / 7.0);
    assertThat(figures.get(LearningSums.MOST_FREQUENT_OF_DATA))
        .isEqualTo(IntStream.of(taken).max().orElse(0) / 7.0);
  }

  @Test
  void sumsOfPartsAreThoseOfTheWhole() {
    WorldBatch batch = TestModels.batch(4, STEPS, 5);
    TestModels.padRight(batch, 3, 5);
    float[] returns = returns(batch);
    double[] whole = sums(batch, returns, true).values();
    double[] parts = new double[LearningSums.LENGTH];
    for (int row = 0; row < 4; row++) {
      float[] own = Arrays.copyOfRange(returns, row * STEPS, (row + 1) * STEPS);
      double[] part = sums(batch.rows(row, row + 1), own, true).values();
      for (int i = 0; i < parts.length; i++) {
        parts[i] += part[i];
      }
    }
    for (int i = 0; i < parts.length; i++) {
      assertThat(parts[i]).isCloseTo(whole[i], within(1e-3));
    }
  }

  @Test
  void aConstantQHasNoCorrelationAndOneAction() {
    try (StepScope scope = StepScope.inference()) {
      model.parameters().get("head_q.head_module.params.8").zero_();
    }
    WorldBatch batch = TestModels.batch(4, STEPS, 5);
    Map<String, Double> figures = sums(batch, returns(batch), true).figures();
    assertThat(Math.abs(figures.get(LearningSums.RETURN_CORRELATION))).isLessThan(0.05);
    assertThat(figures.get(LearningSums.MOST_FREQUENT_ACTION)).isEqualTo(1);
    assertThat(figures.get(LearningSums.MOST_FREQUENT_OF_DATA)).isLessThan(0.5);
  }

  @Test
  void whatIsNotTrainedOrNotKnownIsLeftOut() {
    WorldBatch batch = TestModels.batch(2, STEPS, 5);
    assertThat(sums(batch, returns(batch), false).figures())
        .containsOnlyKeys(LearningSums.REWARD_RECALL);
    float[] unknown = new float[2 * STEPS];
    Arrays.fill(unknown, Float.NaN);
    assertThat(sums(batch, unknown, true).figures()).containsOnlyKeys(LearningSums.REWARD_RECALL);
    assertThat(LearningSums.zero().figures()).isEmpty();
  }

  private LearningSums sums(WorldBatch batch, float[] returns, boolean withQ) {
    LearningSums sums = LearningSums.zero();
    try (StepScope scope = StepScope.inference()) {
      sums.add(model, batch, model.forward(batch, Optional.empty()), returns, withQ);
    }
    return sums;
  }

  private static Tensor rows(Tensor features, int offset) {
    int[] rows =
        IntStream.range(0, STEPS).map(step -> step * WorldConfig.BLOCK_TOKENS + offset).toArray();
    return features.index_select(0, Tensors.indices(rows, rows.length));
  }

  private static float[] returns(WorldBatch batch) {
    float[] returns = new float[batch.rewards().length];
    for (int i = 0; i < returns.length; i++) {
      returns[i] = (float) Math.sin(3 * i);
    }
    return returns;
  }
}
