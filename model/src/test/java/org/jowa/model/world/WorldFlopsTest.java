package org.jowa.model.world;

import static org.assertj.core.api.Assertions.assertThat;

import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.junit.jupiter.api.Test;

class WorldFlopsTest {
  @Test
  void countsMultiplyAddsOfEveryProductOnce() {
    WorldConfig config =
        new WorldConfig(2, 1, 4, 3, 2, 5, 8, Dropouts.NONE, true, true, TdLoss.MSE, 1, -1, 1);
    // Two blocks of 37 tokens, so 74 * 75 / 2 pairs and 71 labels.
    long transformer = 2 * (74 * (12 * 16) + 2 * 2775 * 4);
    long heads = 71 * (16 + 20) + 2 * (16 + 12) + 2 * (16 + 8);
    long q = 2 * 2 * (12 + 9 + 54);
    long perSequence = 6 * (transformer + heads + q) + 2 * q;
    assertThat(WorldFlops.perStep(config, 3, 2)).isEqualTo(3 * perSequence);
  }
}
