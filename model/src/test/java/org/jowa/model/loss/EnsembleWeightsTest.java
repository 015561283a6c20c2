package org.jowa.model.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.jowa.model.world.DropoutKey;
import org.junit.jupiter.api.Test;

class EnsembleWeightsTest {
  @Test
  void randomWeightsAreConvexAndBelongToTheirStep() {
    double[] mean = new double[3];
    for (int step = 0; step < 500; step++) {
      double[] weights = EnsembleWeights.random(3, new DropoutKey(1, step)).toArray();
      assertThat(Arrays.stream(weights).allMatch(weight -> weight >= 0 && weight <= 1)).isTrue();
      assertThat(Arrays.stream(weights).sum()).isCloseTo(1, within(1e-12));
      Arrays.setAll(mean, i -> mean[i] + weights[i] / 500);
    }
    for (double value : mean) {
      assertThat(value).isCloseTo(1.0 / 3, within(0.03));
    }
    double[] again = EnsembleWeights.random(3, new DropoutKey(1, 7)).toArray();
    assertThat(EnsembleWeights.random(3, new DropoutKey(1, 7)).toArray()).isEqualTo(again);
    assertThat(EnsembleWeights.random(3, new DropoutKey(1, 8)).toArray()).isNotEqualTo(again);
    assertThat(EnsembleWeights.random(3, new DropoutKey(2, 7)).toArray()).isNotEqualTo(again);
  }

  @Test
  void equalWeightsShareOne() {
    assertThat(EnsembleWeights.equal(4).toArray()).containsOnly(0.25);
  }
}
