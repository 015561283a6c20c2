package org.jowa.model.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.Test;

class C51Test {
  /** Atoms 0, 1, 2, 3, 4. */
  private static final WorldConfig CONFIG =
      new WorldConfig(1, 1, 1, 1, 1, 1, 1, Dropouts.NONE, true, true, TdLoss.C51, 5, 0, 4);

  @Test
  void massBetweenTwoAtomsIsSharedByDistance() {
    // Atom 2 goes to 0.25 + 0.5 * 2 = 1.25.
    assertThat(project(0.25, 0.5, 0, 0, 1, 0, 0)).containsExactly(0, 0.75f, 0.25f, 0, 0);
  }

  @Test
  void shiftedByAWholeAtomTheDistributionMoves() {
    assertThat(project(1, 1, 0.5, 0.25, 0.25, 0, 0)).containsExactly(0, 0.5f, 0.25f, 0.25f, 0);
  }

  @Test
  void massBeyondEitherEndGoesToThatEnd() {
    assertThat(project(3, 1, 0.25, 0.25, 0.25, 0.25, 0)).containsExactly(0, 0, 0, 0.25f, 0.75f);
    assertThat(project(-2, 1, 0.25, 0.25, 0, 0.25, 0.25)).containsExactly(0.5f, 0.25f, 0.25f, 0, 0);
  }

  @Test
  void terminalRowsBecomeTheirRewardWhateverFollows() {
    assertThat(project(2, 0, 0.1, 0.2, 0.3, 0.4, 0)).containsExactly(0, 0, 1, 0, 0);
    assertThat(project(-7, 0, 0.2, 0.2, 0.2, 0.2, 0.2)[0]).isCloseTo(1, within(1e-6f));
    float[] between = project(1.5, 0, 0.2, 0.2, 0.2, 0.2, 0.2);
    assertThat(between[1]).isCloseTo(0.5f, within(1e-6f));
    assertThat(between[2]).isCloseTo(0.5f, within(1e-6f));
  }

  @Property(tries = 100)
  void massAndMeanInsideTheRangeAreKept(
      @ForAll @DoubleRange(min = 0, max = 2) double reward,
      @ForAll @DoubleRange(min = 0, max = 0.5) double discount,
      @ForAll @DoubleRange(min = 0, max = 1) double first) {
    double[] next = {first, 0, (1 - first) / 2, 0, (1 - first) / 2};
    float[] projected = project(reward, discount, next);
    double mass = 0;
    double mean = 0;
    double expected = 0;
    for (int i = 0; i < projected.length; i++) {
      mass += projected[i];
      mean += i * projected[i];
      expected += next[i] * (reward + discount * i);
    }
    assertThat(mass).isCloseTo(1, within(1e-5));
    assertThat(mean).isCloseTo(expected, within(1e-5));
  }

  private static float[] project(double reward, double discount, double... next) {
    TorchRuntime.setThreads(1);
    float[] floats = new float[next.length];
    for (int i = 0; i < next.length; i++) {
      floats[i] = (float) next[i];
    }
    try (StepScope scope = StepScope.inference()) {
      return Tensors.floats(
          C51.of(CONFIG)
              .project(
                  Tensors.of(new float[] {(float) reward}, 1),
                  Tensors.of(new float[] {(float) discount}, 1),
                  Tensors.of(floats, 1, floats.length)));
    }
  }
}
