package org.jowa.model.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.TestModels;
import org.jowa.model.world.Transitions;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BehaviourObjectiveTest {
  private static final DropoutKey KEY = new DropoutKey(3, 5);

  private WorldActionModel model;

  @BeforeEach
  void open() {
    TorchRuntime.setThreads(1);
    model =
        WorldActionModel.create(
            TestModels.small(1).with(sizes -> sizes.behaviourWidth(8).support(0.5)), 1);
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void onlyDemonstrationsAreClonedAndPartsAddUpToTheWhole() {
    WorldBatch batch = TestModels.batch(4, 3, 2);
    batch.demonstrations()[1] = 0;
    batch.demonstrations()[3] = 0;
    LossCounts counts = LossCounts.of(batch);
    assertThat(counts.cloned()).isEqualTo(4);
    double whole = accumulate(batch, counts);
    float[] gradients = gradients();
    batch.actions()[3] = (batch.actions()[3] + 1) % WorldConfig.ACTIONS;
    assertThat(accumulate(batch, counts)).isEqualTo(whole);

    model.parameters().zeroGradients();
    LossSums sums = BehaviourObjective.accumulate(model, batch.rows(0, 2), 0, counts, KEY);
    sums.add(BehaviourObjective.accumulate(model, batch.rows(2, 4), 0, counts, KEY));
    assertThat(cloning(sums)).isCloseTo(whole, within(1e-6));
    float[] ofParts = gradients();
    for (int i = 0; i < gradients.length; i++) {
      assertThat(ofParts[i]).isCloseTo(gradients[i], within(1e-5f));
    }
    // Dropout makes training's another one.
    assertThat(cloning(BehaviourObjective.evaluate(model, batch))).isNotEqualTo(whole);
  }

  @Test
  void gradientsAreSlopesOfItsOwnParametersAndNoOthers() {
    WorldBatch batch = TestModels.batch(2, 3, 2);
    LossCounts counts = LossCounts.of(batch);
    FlatParameters parameters = model.parameters();
    for (String name : parameters.names()) {
      boolean own = parameters.group(name) == ParameterGroup.BEHAVIOUR;
      if (!parameters.group(name).isTrainable()) {
        continue;
      }
      accumulate(batch, counts);
      float[] gradient;
      try (StepScope scope = StepScope.inference()) {
        gradient = Tensors.floats(parameters.get(name).grad());
      }
      double square = 0;
      for (float value : gradient) {
        square += (double) value * value;
      }
      if (own) {
        double norm = Math.sqrt(square);
        double distance = 1e-3;
        double above = lossAt(batch, name, gradient, distance / norm);
        double below = lossAt(batch, name, gradient, -distance / norm);
        assertThat((above - below) / (2 * distance))
            .as(name)
            .isCloseTo(norm, within(0.05 * norm + 1e-3));
      } else {
        assertThat(square).as(name).isZero();
      }
    }
  }

  @Test
  void aStepWeighsByWhatCameAfterItBeyondWhatWasExpected() {
    WorldBatch batch = TestModels.batch(1, 2, 2);
    float expected = expected(batch);
    double temperature = 0.25;
    batch.returns()[1] = expected + 0.25f;
    float[] plain = gradients(batch, 0, "behaviour.frame.4.bias");
    float[] better = gradients(batch, temperature, "behaviour.frame.4.bias");
    float[] ofValue = gradients(batch, temperature, "behaviour.value.0.bias");
    batch.returns()[1] = expected - 0.25f;
    float[] worse = gradients(batch, temperature, "behaviour.frame.4.bias");
    batch.returns()[1] = expected + 100;
    float[] muchBetter = gradients(batch, temperature, "behaviour.frame.4.bias");
    for (int i = 0; i < plain.length; i++) {
      assertThat(better[i]).isCloseTo((float) (Math.E * plain[i]), within(1e-4f));
      assertThat(worse[i]).isCloseTo((float) (plain[i] / Math.E), within(1e-4f));
      assertThat(muchBetter[i]).isCloseTo((float) (Math.exp(3) * plain[i]), within(1e-3f));
    }
    // Of the squared difference.
    assertThat(ofValue).hasSize(1);
    assertThat(ofValue[0]).isCloseTo(-0.5f, within(1e-4f));
  }

  private float expected(WorldBatch batch) {
    int[] second = {1};
    try (StepScope scope = StepScope.inference()) {
      return Tensors.floats(
          model
              .behaviour()
              .training(
                  Transitions.of(batch, second),
                  model.device(),
                  KEY,
                  new long[] {2 * batch.sampleIndex()[0] + 1})
              .values())[0];
    }
  }

  private float[] gradients(WorldBatch batch, double temperature, String name) {
    model.parameters().zeroGradients();
    BehaviourObjective.accumulate(model, batch, temperature, LossCounts.of(batch), KEY);
    try (StepScope scope = StepScope.inference()) {
      return Tensors.floats(model.parameters().get(name).grad());
    }
  }

  private double lossAt(WorldBatch batch, String name, float[] direction, double factor) {
    try (StepScope scope = StepScope.inference()) {
      var weight = model.parameters().get(name).detach();
      var before = weight.clone();
      float[] moved = Tensors.floats(before);
      for (int i = 0; i < moved.length; i++) {
        moved[i] += (float) (factor * direction[i]);
      }
      weight.copy_(Tensors.of(moved, model.parameters().shape(name)));
      double loss =
          cloning(BehaviourObjective.accumulate(model, batch, 0, LossCounts.of(batch), KEY));
      weight.copy_(before);
      return loss;
    }
  }

  private double accumulate(WorldBatch batch, LossCounts counts) {
    model.parameters().zeroGradients();
    return cloning(BehaviourObjective.accumulate(model, batch, 0, counts, KEY));
  }

  private static double cloning(LossSums sums) {
    return sums.losses(LossSettings.WORLD_ONLY).cloning();
  }

  private float[] gradients() {
    return Tensors.floats(model.parameters().gradients());
  }
}
