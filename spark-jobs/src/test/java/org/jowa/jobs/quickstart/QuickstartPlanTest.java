package org.jowa.jobs.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import org.jowa.jobs.config.Config;
import org.junit.jupiter.api.Test;

class QuickstartPlanTest {
  @Test
  void amountsGrowInProportionToTheMinutes() {
    QuickstartPlan once = new QuickstartPlan(QuickstartPlan.DEFAULT_MINUTES, 0);
    QuickstartPlan twice = new QuickstartPlan(2 * QuickstartPlan.DEFAULT_MINUTES, 0);

    assertThat(twice.recordedSteps()).isEqualTo(2 * once.recordedSteps());
    assertThat(twice.episodeSteps()).isEqualTo(once.episodeSteps());
    for (String key :
        new String[] {"world.behaviour.steps", "world.stage1.steps", "world.stage2.steps"}) {
      assertThat(config(twice).integer(key)).isEqualTo(2 * config(once).integer(key));
    }
  }

  @Test
  void oneMinuteStillTrainsAndPlays() {
    QuickstartPlan plan = new QuickstartPlan(1, 0);
    assertThat(plan.recordedSteps()).isGreaterThanOrEqualTo(6000);
    assertThat(plan.episodeSteps()).isPositive();
    assertThat(config(plan).settings().world().stage2().steps()).isPositive();
  }

  @Test
  void seedIsThatOfTheTraining() {
    assertThat(config(new QuickstartPlan(1, 7)).settings().seed()).isEqualTo(7);
  }

  private static Config config(QuickstartPlan plan) {
    return Config.preset(QuickstartPlan.PRESET).with(plan.settings());
  }
}
