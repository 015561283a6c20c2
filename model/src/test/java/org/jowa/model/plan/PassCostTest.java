package org.jowa.model.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.junit.jupiter.api.Test;

class PassCostTest {
  private static final int CONTEXT = 221;

  private final WorldConfig small = Golden.CONFIG.with(it -> it.layers(3).heads(4).width(128));
  private final WorldConfig large = Golden.CONFIG.with(it -> it.layers(4).heads(8).width(512));

  /** {environments, tokens} and milliseconds on two cores of an AMD EPYC. */
  private static final double[][] MEASURED = {
    {1, 1, 2.42},
    {1, 4, 2.25},
    {8, 8, 3.71},
    {8, 16, 3.96},
    {8, 32, 6.86},
    {1, 37, 4.44},
    {1, 74, 7.49},
    {1, 148, 14.24},
    {8, 72, 8.8},
    {8, 144, 15.6},
    {8, 296, 28.3},
    {8, 592, 53},
    {8, 1184, 104}
  };

  @Test
  void isNearWhatPassesTook() {
    PassCost cost = new PassCost(large, Device.CPU);
    for (double[] pass : MEASURED) {
      assertThat(cost.of((int) pass[0], CONTEXT, (int) pass[1]))
          .as("%s environments, %s tokens", pass[0], pass[1])
          .isCloseTo(pass[2], withinPercentage(20));
    }
  }

  @Test
  void aSmallModelFeedsATokenMoreForNothingAndALargeOneManyInProportion() {
    PassCost ofSmall = new PassCost(small, Device.CPU);
    assertThat(ofSmall.of(1, CONTEXT, 37) / ofSmall.of(1, CONTEXT, 1)).isLessThan(3);
    PassCost ofLarge = new PassCost(large, Device.CPU);
    assertThat(ofLarge.of(1, CONTEXT, 4000) / ofLarge.of(1, CONTEXT, 2000)).isGreaterThan(1.9);
    assertThat(ofLarge.of(8, CONTEXT, 8)).isGreaterThan(ofLarge.of(1, CONTEXT, 8));
  }

  /** There it is the number of passes that counts, so even a bad guess pays. */
  @Test
  void aGpuReadsAFrameForHardlyMoreThanAToken() {
    PassCost onGpu = new PassCost(large, Device.parse("cuda:0"));
    assertThat(onGpu.of(8, CONTEXT, 592) / onGpu.of(8, CONTEXT, 16)).isBetween(1.0, 3.0);
    assertThat(onGpu.of(1, CONTEXT, 37) / onGpu.of(1, CONTEXT, 1)).isBetween(1.0, 1.5);
  }
}
