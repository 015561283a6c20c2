package org.jowa.model.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.TestModels;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NeighbourhoodObjectiveTest {
  private static final DropoutKey KEY = new DropoutKey(3, 5);
  private static final int STEPS = NeighbourhoodObjective.STEPS;

  private static final LossSettings WITH_Q =
      LossSettings.withQ(1, 0.9, Penalty.CQL, 0.1, false).withReturnSteps(0);

  private WorldActionModel model;

  @BeforeEach
  void open() {
    TorchRuntime.setThreads(1);
    model = WorldActionModel.create(TestModels.small(1).withNeighbourhoodWidth(6), 1);
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void partsAddUpToTheWhole() {
    WorldBatch batch = TestModels.batch(6, STEPS, 2);
    TestModels.padRight(batch, 4, 2);
    TestModels.padRight(batch, 5, 1);
    for (int i = 0; i < batch.returns().length; i++) {
      batch.returns()[i] = (i % 5 - 2) / 2f;
    }
    LossCounts counts = LossCounts.of(batch);
    LossSums whole = NeighbourhoodObjective.accumulate(model, batch, WITH_Q, counts, KEY);
    float[] gradients = gradients();

    model.parameters().zeroGradients();
    LossSums parts =
        NeighbourhoodObjective.accumulate(model, batch.rows(0, 4), WITH_Q, counts, KEY);
    parts.add(NeighbourhoodObjective.accumulate(model, batch.rows(4, 6), WITH_Q, counts, KEY));
    for (int i = 0; i < whole.values().length; i++) {
      assertThat(parts.values()[i]).isCloseTo(whole.values()[i], within(1e-3));
    }
    float[] ofParts = gradients();
    for (int i = 0; i < gradients.length; i++) {
      assertThat(ofParts[i]).isCloseTo(gradients[i], within(1e-5f));
    }
  }

  /** Each drawn row stands for those that weren't: the mean over many draws is the whole. */
  @Test
  void whatIsDrawnStandsForAll() {
    WorldBatch batch = TestModels.batch(4, STEPS, 2);
    for (int i = 0; i < batch.tokens().length; i++) {
      // Most tokens stay.
      int inFrame = i % WorldConfig.FRAME_TOKENS;
      batch.tokens()[i] = inFrame % 9 == 0 ? batch.tokens()[i] : inFrame % 7;
    }
    Arrays.fill(batch.rewards(), 0);
    double all =
        observation(NeighbourhoodObjective.evaluate(model, batch, LossSettings.WORLD_ONLY));
    double drawn = 0;
    int draws = 60;
    for (int i = 0; i < draws; i++) {
      LossSums sums =
          NeighbourhoodObjective.accumulate(
              model, batch, LossSettings.WORLD_ONLY, LossCounts.of(batch), new DropoutKey(3, i));
      drawn += observation(sums) / draws;
    }
    assertThat(drawn / all).isCloseTo(1, within(0.1));
  }

  private static double observation(LossSums sums) {
    return sums.losses(LossSettings.WORLD_ONLY).observation();
  }

  /** The gradient of the transformer's input reaches the network: by differences. */
  @Test
  void transformerTrainsTheNetworkToo() {
    WorldBatch batch = TestModels.batch(2, 4, 7);
    LossCounts counts = LossCounts.of(batch);
    String[] names = {
      "neighbourhood.tokens.weight",
      "neighbourhood.layer.0.weight",
      "neighbourhood.layer.4.weight",
      "neighbourhood.frame.2.weight",
      "neighbourhood.actions.weight",
      "neighbourhood.state.tokens.weight",
      "neighbourhood.state.frame.0.weight"
    };
    WorldObjective.accumulate(
        model, batch, LossSettings.WORLD_ONLY, counts, Optional.empty(), EnsembleWeights.equal(1));
    for (String name : names) {
      try (StepScope scope = StepScope.inference()) {
        Tensor weight = model.parameters().get(name).detach().view(-1);
        float[] gradient = Tensors.floats(model.parameters().get(name).grad());
        int at = largest(gradient);
        float before = Tensors.floats(weight)[at];
        double step = 5e-3;
        double above = loss(batch, weight, at, before + step);
        double below = loss(batch, weight, at, before - step);
        loss(batch, weight, at, before);
        assertThat((above - below) / (2 * step))
            .as(name)
            .isCloseTo(gradient[at], within(Math.abs(gradient[at]) * 0.05 + 1e-5));
      }
    }
  }

  private double loss(WorldBatch batch, Tensor weight, int at, double value) {
    weight.narrow(0, at, 1).fill_(new Scalar(value));
    model.parameters().changed();
    LossSums sums = WorldObjective.evaluate(model, batch, LossSettings.WORLD_ONLY);
    return sums.losses(LossSettings.WORLD_ONLY).total();
  }

  private static int largest(float[] values) {
    int best = 0;
    for (int i = 0; i < values.length; i++) {
      best = Math.abs(values[i]) > Math.abs(values[best]) ? i : best;
    }
    return best;
  }

  private float[] gradients() {
    try (StepScope scope = StepScope.inference()) {
      return Tensors.floats(model.parameters().gradients());
    }
  }
}
