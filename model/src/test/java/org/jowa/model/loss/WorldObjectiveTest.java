package org.jowa.model.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.StateInput;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.TestModels;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorldObjectiveTest {
  private static final LossSettings SETTINGS =
      LossSettings.withQ(0.1, 0.99, Penalty.CQL, 0.1, true);

  /** Without discount the targets don't move with the weights, so the gradient is the slope. */
  private static final LossSettings FIXED_TARGETS =
      LossSettings.withQ(0.1, 0, Penalty.CQL, 0.1, true);

  private static final DropoutKey KEY = new DropoutKey(5, 17);

  @BeforeAll
  static void useOneThread() {
    TorchRuntime.setThreads(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void partsOfABatchAddUpToTheWholeWithDropoutOn(int parts) {
    try (WorldActionModel model = WorldActionModel.create(TestModels.small(3), 1)) {
      WorldBatch batch = paddedBatch();
      LossCounts counts = LossCounts.of(batch);
      LossSums whole = step(model, counts, List.of(batch));
      float[] gradients = gradients(model);

      int share = batch.size() / parts;
      List<WorldBatch> contiguous =
          IntStream.range(0, parts)
              .mapToObj(part -> batch.rows(part * share, (part + 1) * share))
              .toList();
      assertSame(step(model, counts, contiguous), whole, gradients(model), gradients);

      // As ranks share a batch: sample k goes to rank k mod N.
      List<WorldBatch> interleaved =
          IntStream.range(0, parts).mapToObj(part -> every(batch, parts, part)).toList();
      assertSame(step(model, counts, interleaved), whole, gradients(model), gradients);
    }
  }

  @Test
  void contentOfPaddedStepsHasNoInfluence() {
    try (WorldActionModel model = WorldActionModel.create(TestModels.small(1), 1)) {
      WorldBatch batch = paddedBatch();
      WorldBatch changed = paddedBatch();
      for (int i = 0; i < changed.mask().length; i++) {
        if (changed.mask()[i] == 0) {
          changed.tokens()[i * WorldConfig.FRAME_TOKENS + 3] ^= 1;
          changed.actions()[i] = (changed.actions()[i] + 1) % WorldConfig.ACTIONS;
          changed.rewards()[i] = 1 - changed.rewards()[i];
          changed.ends()[i] = 1;
        }
      }
      LossCounts counts = LossCounts.of(batch);
      assertThat(LossCounts.of(changed)).isEqualTo(counts);
      LossSums sums = step(model, counts, List.of(batch));
      float[] gradients = gradients(model);
      assertThat(step(model, counts, List.of(changed)).values()).isEqualTo(sums.values());
      assertThat(gradients(model)).isEqualTo(gradients);
    }
  }

  @Test
  void equalKeysGiveEqualBitsAndOtherStepsOtherMasks() {
    LossSettings settings = LossSettings.withQ(0.1, 0.99, Penalty.CQL, 0.1, false);
    try (WorldActionModel model = WorldActionModel.create(TestModels.small(2), 1)) {
      WorldBatch batch = paddedBatch();
      LossCounts counts = LossCounts.of(batch);
      step(model, counts, List.of(batch), settings);
      float[] gradients = gradients(model);
      step(model, counts, List.of(batch), settings);
      assertThat(gradients(model)).isEqualTo(gradients);
      model.parameters().zeroGradients();
      WorldObjective.accumulate(model, batch, settings, counts, new DropoutKey(5, 18));
      assertThat(gradients(model)).isNotEqualTo(gradients);
    }
  }

  @ParameterizedTest
  @EnumSource(TdLoss.class)
  void gradientsAreSlopesOfTheLossWithDropoutOn(TdLoss tdLoss) {
    // A width that leaves gaps between aligned parameters.
    // Larger weights than at the start, so that every path carries a slope worth measuring.
    assertSlopes(TestModels.narrow(tdLoss), FIXED_TARGETS, 2, 0.03, name -> true);
  }

  @Test
  void gradientsOfHeadsThatReadWholeFramesAreSlopesToo() {
    WorldConfig config =
        TestModels.narrow(TdLoss.C51)
            .with(sizes -> sizes.stateInput(StateInput.FRAME).behaviourWidth(8).support(0.5));
    // The pool's rectifiers bend within the distance of a difference.
    assertSlopes(
        config,
        FIXED_TARGETS,
        1,
        0.06,
        name -> !name.contains(".attn.") && !name.startsWith("behaviour"));
  }

  private static void assertSlopes(
      WorldConfig config,
      LossSettings settings,
      double scale,
      double tolerance,
      Predicate<String> names) {
    try (WorldActionModel model = WorldActionModel.create(config, 4)) {
      model.parameters().weights().mul_(new Scalar(scale));
      WorldBatch batch = TestModels.batch(2, 3, 2);
      TestModels.padRight(batch, 1, 2);
      batch.ends()[2] = 1;
      for (String name : model.parameters().names()) {
        if (names.test(name)
            && model.parameters().group(name).isTrainable()
            && !name.endsWith("attn.key.bias")) {
          assertSlope(model, batch, name, settings, tolerance);
        }
      }
    }
  }

  @Test
  void stageOneLeavesTheQHeadAlone() {
    try (WorldActionModel model = WorldActionModel.create(TestModels.small(2), 1)) {
      WorldBatch batch = paddedBatch();
      model.parameters().zeroGradients();
      LossSums sums =
          WorldObjective.accumulate(
              model, batch, LossSettings.WORLD_ONLY, LossCounts.of(batch), KEY);
      Range q = model.parameters().range(ParameterGroup.Q);
      float[] gradients = gradients(model);
      for (long i = q.offset(); i < q.end(); i++) {
        assertThat(gradients[(int) i]).isZero();
      }
      WorldLosses losses = sums.losses(LossSettings.WORLD_ONLY);
      assertThat(losses.td()).isZero();
      assertThat(losses.total()).isEqualTo(losses.observation() + losses.reward() + losses.end());
      assertThat(losses.observation()).isCloseTo(Math.log(32), within(0.2));
    }
  }

  @Test
  void evaluationLeavesGradientsAloneAndDrawsNothing() {
    try (WorldActionModel model = WorldActionModel.create(TestModels.small(2), 1)) {
      WorldBatch batch = paddedBatch();
      LossSettings settings = LossSettings.withQ(0.1, 0.99, Penalty.COMBO, 0.1, false);
      model.parameters().zeroGradients();
      LossSums evaluated = WorldObjective.evaluate(model, batch, settings);
      assertThat(gradients(model)).containsOnly(0);
      LossSums trained =
          WorldObjective.accumulate(
              model,
              batch,
              settings,
              LossCounts.of(batch),
              Optional.empty(),
              EnsembleWeights.equal(2));
      assertThat(evaluated.values()).isEqualTo(trained.values());
    }
  }

  @Test
  void lossesOfGamesMakeUpTheLossOfAll() {
    try (WorldActionModel model = WorldActionModel.create(TestModels.small(1), 1)) {
      WorldBatch batch = TestModels.batch(4, 4, 9);
      LossSums sums = WorldObjective.evaluate(model, batch, SETTINGS);
      assertThat(sums.games()).containsExactly(13, 43);
      WorldLosses all = sums.losses(SETTINGS);
      // Both games have equally many rows here.
      double mean = (sums.losses(SETTINGS, 13).total() + sums.losses(SETTINGS, 43).total()) / 2;
      assertThat(all.total()).isCloseTo(mean, within(1e-9));
    }
  }

  private static void assertSlope(
      WorldActionModel model,
      WorldBatch batch,
      String name,
      LossSettings settings,
      double tolerance) {
    FlatParameters parameters = model.parameters();
    LossCounts counts = LossCounts.of(batch);
    step(model, counts, List.of(batch), settings);
    float[] gradient = Tensors.floats(parameters.get(name).grad());
    double square = 0;
    for (float value : gradient) {
      square += (double) value * value;
    }
    double norm = Math.sqrt(square);
    assertThat(norm).as(name).isPositive();
    float[] weights = Tensors.floats(parameters.get(name).detach());
    double distance = 2e-3;
    double above =
        totalAt(model, batch, counts, settings, name, weights, gradient, distance / norm);
    double below =
        totalAt(model, batch, counts, settings, name, weights, gradient, -distance / norm);
    put(parameters, name, weights);
    double slope = (above - below) / (2 * distance);
    assertThat(slope).as(name).isCloseTo(norm, within(tolerance * norm + 1e-4));
  }

  private static double totalAt(
      WorldActionModel model,
      WorldBatch batch,
      LossCounts counts,
      LossSettings settings,
      String name,
      float[] weights,
      float[] direction,
      double factor) {
    float[] moved = weights.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += (float) (factor * direction[i]);
    }
    put(model.parameters(), name, moved);
    return step(model, counts, List.of(batch), settings).losses(settings).total();
  }

  private static void put(FlatParameters parameters, String name, float[] values) {
    parameters.get(name).detach().data_ptr_float().put(values, 0, values.length);
  }

  private static LossSums step(
      WorldActionModel model, LossCounts counts, List<WorldBatch> batches) {
    return step(model, counts, batches, SETTINGS);
  }

  private static LossSums step(
      WorldActionModel model, LossCounts counts, List<WorldBatch> batches, LossSettings settings) {
    model.parameters().zeroGradients();
    LossSums sums = LossSums.zero();
    for (WorldBatch batch : batches) {
      sums.add(WorldObjective.accumulate(model, batch, settings, counts, KEY));
    }
    return sums;
  }

  private static void assertSame(
      LossSums sums, LossSums expected, float[] gradients, float[] expectedGradients) {
    for (int i = 0; i < expected.values().length; i++) {
      double value = expected.values()[i];
      assertThat(sums.values()[i]).isCloseTo(value, within(1e-5 * Math.abs(value)));
    }
    float largest = 0;
    for (float value : expectedGradients) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(gradients).hasSameSizeAs(expectedGradients);
    for (int i = 0; i < gradients.length; i++) {
      assertThat(gradients[i]).isCloseTo(expectedGradients[i], within(2e-6f * largest));
    }
  }

  private static WorldBatch every(WorldBatch batch, int ranks, int rank) {
    WorldBatch[] rows =
        IntStream.range(0, batch.size())
            .filter(row -> row % ranks == rank)
            .mapToObj(row -> batch.rows(row, row + 1))
            .toArray(WorldBatch[]::new);
    return TestModels.concatenated(rows);
  }

  /** A full sequence, a short one that ends, one that ends last, and one of a single step. */
  private static WorldBatch paddedBatch() {
    WorldBatch batch = TestModels.batch(4, 4, 2);
    TestModels.padRight(batch, 1, 3);
    batch.ends()[4 + 2] = 1;
    batch.ends()[2 * 4 + 3] = 1;
    TestModels.padRight(batch, 3, 1);
    return batch;
  }

  private static float[] gradients(WorldActionModel model) {
    return Tensors.floats(model.parameters().gradients());
  }
}
