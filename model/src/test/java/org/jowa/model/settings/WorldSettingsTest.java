package org.jowa.model.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jowa.error.UsageException;
import org.jowa.model.settings.WorldSettings.Behaviour;
import org.jowa.model.settings.WorldSettings.Neighbourhood;
import org.jowa.model.settings.WorldSettings.Stage1;
import org.jowa.model.settings.WorldSettings.Stage2;
import org.junit.jupiter.api.Test;

class WorldSettingsTest {
  private static final WorldConfig MODEL =
      new WorldConfig(
          1, 2, 16, 16, 1, 16, 8, Dropouts.REFERENCE, true, true, TdLoss.C51, 11, -10, 30);

  private static WorldSettings settings(int returnSteps) {
    return new WorldSettings(
        MODEL,
        24,
        0,
        0.01,
        1,
        4,
        LossSettings.withQ(1, 0.9, Penalty.CQL, 0.1, false).withReturnSteps(returnSteps),
        new Stage1(5, 1e-3),
        new Stage2(0, 1e-3, 1e-3));
  }

  private static WorldSettings withNeighbourhood(int returnSteps) {
    return settings(returnSteps).withNeighbourhood(new Neighbourhood(5, 18, 1e-2, 6));
  }

  @Test
  void ranksHaveToDivideTheBatchesOfAllStages() {
    assertThat(settings(1).sharedBatch()).isEqualTo(24);
    assertThat(withNeighbourhood(1).sharedBatch()).isEqualTo(6);
    assertThat(withNeighbourhood(1).withBehaviour(new Behaviour(5, 512, 1e-2, 8, 0)).sharedBatch())
        .isEqualTo(2);
  }

  @Test
  void qLearnsBeforeStage2WhereItLearnsTheReturnsOfTheRecord() {
    assertThat(settings(1).hasTrainedQ(WorldStage.STAGE1)).isFalse();
    assertThat(settings(0).hasTrainedQ(WorldStage.STAGE1)).isFalse();
    assertThat(withNeighbourhood(1).hasTrainedQ(WorldStage.STAGE1)).isFalse();
    assertThat(withNeighbourhood(0).hasTrainedQ(WorldStage.BEHAVIOUR)).isFalse();
    assertThat(withNeighbourhood(0).hasTrainedQ(WorldStage.NEIGHBOURHOOD)).isTrue();
    assertThat(withNeighbourhood(0).hasTrainedQ(WorldStage.STAGE1)).isTrue();
    assertThat(settings(1).hasTrainedQ(WorldStage.STAGE2)).isTrue();
  }

  @Test
  void qOfWholeFramesCanNotLearnBesideTheNeighbourhoodNetwork() {
    WorldConfig ofFrames = MODEL.withStateInput(StateInput.FRAME);
    assertThatThrownBy(() -> withNeighbourhood(0).withModel(ofFrames).trainable())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.state is frame")
        .hasMessageContaining("world.n-step");
    assertThat(withNeighbourhood(1).withModel(ofFrames).trainable()).isNotNull();
    assertThat(settings(0).withModel(ofFrames).trainable()).isNotNull();
  }
}
