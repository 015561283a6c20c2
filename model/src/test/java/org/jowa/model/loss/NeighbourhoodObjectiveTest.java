package org.jowa.model.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.optim.AdamW;
import org.jowa.model.optim.GroupSettings;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Objective;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.CodeFacts;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.TestModels;
import org.jowa.model.world.Transitions;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.jowa.model.world.WorldWeights;
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
    LossCounts counts = LossCounts.of(batch, model.config());
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

  @Test
  void withoutTheWorldLossesQAloneTeaches() {
    WorldBatch batch = TestModels.batch(6, STEPS, 2);
    Arrays.fill(batch.returns(), 1);
    NeighbourhoodObjective.accumulate(
        model, batch, WITH_Q.withSupervisedWeight(0), LossCounts.of(batch, model.config()), KEY);
    assertThat(gradient("neighbourhood.state.frame.0.weight")).isPositive();
    assertThat(gradient("neighbourhood.layer.0.weight")).isZero();
    assertThat(gradient("head_observations.head_module.2.weight")).isZero();
    assertThat(gradient("head_rewards.head_module.2.weight")).isZero();
  }

  /** What isn't minimised isn't among the losses either. */
  @Test
  void cloningTeachesQNoReturns() {
    WorldBatch batch = TestModels.batch(6, STEPS, 2);
    Arrays.fill(batch.returns(), 1);
    LossSettings cloning = WITH_Q.withObjective(Objective.CLONING).withSupervisedWeight(0);
    WorldLosses losses = NeighbourhoodObjective.evaluate(model, batch, cloning).losses(cloning);
    assertThat(losses.td()).isZero();
    assertThat(losses.penalty()).isPositive();
    assertThat(NeighbourhoodObjective.evaluate(model, batch, WITH_Q).losses(WITH_Q).td())
        .isPositive();
  }

  /** The largest element's size. */
  private double gradient(String name) {
    try (StepScope scope = StepScope.inference()) {
      float[] gradient = Tensors.floats(model.parameters().get(name).grad());
      return Math.abs(gradient[largest(gradient)]);
    }
  }

  /** Otherwise stage 1 has to unlearn first what this one taught the heads. */
  @Test
  void whatIsLearnedIsWhatTheTransformerReads() {
    WorldBatch batch = TestModels.batch(4, STEPS, 2);
    double learned =
        observation(NeighbourhoodObjective.evaluate(model, batch, LossSettings.WORLD_ONLY));
    try (StepScope scope = StepScope.inference()) {
      // Blocks begin as nothing; with tables of nothing, what is left is the network.
      List<String> tables = new ArrayList<>(WorldWeights.TOKENS);
      tables.addAll(WorldWeights.TASKS);
      tables.add(WorldWeights.POSITIONS);
      tables.forEach(name -> model.parameters().get(name).detach().zero_());
      model.parameters().changed();
      Tensor features = model.forward(batch, Optional.empty());
      int width = model.config().width();
      Tensor ofLastFrames =
          features
              .view(batch.size(), (long) STEPS * WorldConfig.BLOCK_TOKENS, width)
              .narrow(1, (STEPS - 1) * WorldConfig.BLOCK_TOKENS - 1, WorldConfig.FRAME_TOKENS);
      int[] tokens =
          IntStream.range(0, batch.size() * WorldConfig.FRAME_TOKENS)
              .map(i -> lastFrame(batch, i / WorldConfig.FRAME_TOKENS, i))
              .toArray();
      Tensor read =
          WorldObjective.crossEntropy(
              model.heads().observations(ofLastFrames.reshape(-1, width)),
              Tensors.indices(tokens, tokens.length));
      assertThat(Tensors.floats(read.mean())[0]).isCloseTo((float) learned, within(1e-4f));
    }
  }

  private static int lastFrame(WorldBatch batch, int sequence, int i) {
    int step = sequence * STEPS + STEPS - 1;
    return batch.tokens()[step * WorldConfig.FRAME_TOKENS + i % WorldConfig.FRAME_TOKENS];
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
              model,
              batch,
              LossSettings.WORLD_ONLY,
              LossCounts.of(batch, model.config()),
              new DropoutKey(3, i));
      drawn += observation(sums) / draws;
    }
    assertThat(drawn / all).isCloseTo(1, within(0.1));
  }

  /** A return that follows from what one place showed a step before: Q knows it in new play. */
  @Test
  void qLearnsTheReturnsOfTheRecord() {
    int place = 5;
    int[] background = CodeFacts.noBackground();
    for (int game : TestModels.batch(2, 1, 0).games()) {
      CodeFacts.put(
          background,
          game,
          IntStream.range(0, WorldConfig.FRAME_TOKENS).map(at -> at % 7).toArray());
    }
    model.addBackground(new CodeFacts(32, new float[32], background));
    try (AdamW optimizer = AdamW.of(model.parameters(), settings())) {
      for (int step = 0; step < 800; step++) {
        WorldBatch batch = withReturns(TestModels.batch(16, STEPS, step), place);
        model.parameters().zeroGradients();
        NeighbourhoodObjective.accumulate(
            model, batch, WITH_Q, LossCounts.of(batch, model.config()), new DropoutKey(3, step));
        optimizer.step(1);
        model.parameters().changed();
      }
    }
    WorldBatch fresh = withReturns(TestModels.batch(64, STEPS, 1_000), place);
    double[] sum = new double[2];
    int[] count = new int[2];
    try (StepScope scope = StepScope.inference()) {
      int[] steps = IntStream.range(0, 64).map(b -> b * STEPS + 2).toArray();
      Tensor features =
          model.normalised(
              model.neighbourhood().ofStates(Transitions.of(fresh, steps), Device.CPU));
      float[] q = Tensors.floats(RecordedReturns.of(model, fresh, features, steps).dataQ());
      for (int i = 0; i < q.length; i++) {
        int high = fresh.returns()[steps[i]] > 5 ? 1 : 0;
        sum[high] += q[i];
        count[high]++;
      }
    }
    assertThat(sum[1] / count[1] - sum[0] / count[0]).isGreaterThan(5);
  }

  /** Only one place changes; 20 where it showed one of the first codes a step before, else 0. */
  private static WorldBatch withReturns(WorldBatch batch, int place) {
    for (int i = 0; i < batch.tokens().length; i++) {
      int at = i % WorldConfig.FRAME_TOKENS;
      batch.tokens()[i] = at == place ? batch.tokens()[i] : at % 7;
    }
    for (int step = 0; step < batch.returns().length; step++) {
      int before = Math.max(0, step - 1) * WorldConfig.FRAME_TOKENS + place;
      batch.returns()[step] = batch.tokens()[before] < 16 ? 20 : 0;
    }
    return batch;
  }

  private static Map<ParameterGroup, GroupSettings> settings() {
    GroupSettings learns = new GroupSettings(0.01, 0);
    Map<ParameterGroup, GroupSettings> settings = new EnumMap<>(ParameterGroup.class);
    for (ParameterGroup group : ParameterGroup.values()) {
      if (group.isTrainable()) {
        settings.put(group, GroupSettings.FROZEN);
      }
    }
    settings.put(ParameterGroup.DECAY, learns);
    settings.put(ParameterGroup.NO_DECAY, learns);
    settings.put(ParameterGroup.Q, learns);
    return settings;
  }

  private static double observation(LossSums sums) {
    return sums.losses(LossSettings.WORLD_ONLY).observation();
  }

  /** The gradient of the transformer's input reaches the network: by differences. */
  @Test
  void transformerTrainsTheNetworkToo() {
    WorldBatch batch = TestModels.batch(2, 4, 7);
    LossCounts counts = LossCounts.of(batch, model.config());
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
