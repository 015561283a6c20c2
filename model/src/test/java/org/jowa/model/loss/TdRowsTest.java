package org.jowa.model.loss;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.world.TestModels;
import org.jowa.model.world.WorldBatch;
import org.junit.jupiter.api.Test;

class TdRowsTest {
  private static final LossSettings SETTINGS = LossSettings.withQ(0.1, 0.5, Penalty.NONE, 0, false);

  @Test
  void realStepsPairWithTheNextAndTerminalStepsFollow() {
    WorldBatch batch = TestModels.batch(3, 4, 3);
    TestModels.padRight(batch, 0, 3);
    batch.ends()[2] = 1;
    // Left padding: steps 2 and 3 are real.
    batch.mask()[4] = 0;
    batch.mask()[5] = 0;
    TestModels.padRight(batch, 2, 1);
    batch.ends()[8] = 1;

    TdRows rows = TdRows.of(batch, SETTINGS);

    // Real steps in order: sequence 0 gives 0 1 2, sequence 1 gives 3 4, sequence 2 gives 5.
    assertThat(rows.pairs()).isEqualTo(3);
    assertThat(rows.position()).containsExactly(0, 1, 3, 2, 5);
    assertThat(rows.next()).containsExactly(1, 2, 4, 2, 5);
    float[] r = batch.rewards();
    assertThat(rows.reward()).containsExactly(r[0], r[1], r[6], r[2], r[8]);
    assertThat(rows.discount()).containsExactly(0.5f, 0.5f, 0.5f, 0, 0);
    assertThat(rows.game()).containsExactly(13, 13, 43, 13, 13);
    assertThat(LossCounts.of(batch).tdRows()).isEqualTo(rows.size());
  }

  @Test
  void countsSkipPaddingTheFirstTokenAndImaginedSequences() {
    WorldBatch batch = TestModels.batch(3, 4, 3);
    TestModels.padRight(batch, 0, 2);
    WorldBatch mixed =
        new WorldBatch(
            3,
            4,
            2,
            batch.sampleIndex(),
            batch.games(),
            batch.tokens(),
            batch.actions(),
            batch.rewards(),
            batch.ends(),
            batch.mask());
    LossCounts counts = LossCounts.of(mixed);
    int frame = WorldConfig.FRAME_TOKENS;
    assertThat(counts)
        .isEqualTo(new LossCounts(2 * frame - 1 + 4 * frame - 1, 6, 10, 1 + 3 + 3, 1 + 3));
    double[] parts = LossCounts.of(mixed.rows(0, 1)).toArray();
    double[] others = LossCounts.of(mixed.rows(1, 3)).toArray();
    Arrays.setAll(parts, i -> parts[i] + others[i]);
    assertThat(LossCounts.of(parts)).isEqualTo(counts);
  }

  @Test
  void recordedReturnsAreTheTargetsOfPlayedSteps() {
    WorldBatch played = TestModels.batch(2, 3, 2);
    WorldBatch batch =
        new WorldBatch(
            2,
            3,
            1,
            played.sampleIndex(),
            played.games(),
            played.tokens(),
            played.actions(),
            new float[] {1, 2, 4, 8, 16, 32},
            played.ends(),
            played.mask());
    System.arraycopy(new float[] {7, 6, 5}, 0, batch.returns(), 0, 3);

    TdRows rows = TdRows.of(batch, SETTINGS.withReturnSteps(0));

    assertThat(rows.position()).containsExactly(0, 1, 3, 4);
    // What was imagined has no record: it bootstraps from the next step.
    assertThat(rows.reward()).containsExactly(7, 6, 8, 16);
    assertThat(rows.discount()).containsExactly(0, 0, 0.5f, 0.5f);
  }

  @Test
  void targetsOfSeveralRewardsStopAtTheEndOfSequenceAndEpisode() {
    WorldBatch batch = TestModels.batch(2, 4, 2);
    System.arraycopy(new float[] {1, 2, 4, 8, 16, 32, 64, 128}, 0, batch.rewards(), 0, 8);
    // The second sequence's episode ends with its third step.
    TestModels.padRight(batch, 1, 3);
    batch.ends()[6] = 1;

    TdRows rows = TdRows.of(batch, SETTINGS.withReturnSteps(3));

    assertThat(rows.position()).containsExactly(0, 1, 2, 4, 5, 6);
    assertThat(rows.next()).containsExactly(3, 3, 3, 6, 6, 6);
    assertThat(rows.reward())
        .containsExactly(
            1 + 2 * 0.5f + 4 * 0.25f,
            2 + 4 * 0.5f,
            4,
            16 + 32 * 0.5f + 64 * 0.25f,
            32 + 64 * 0.5f,
            64);
    assertThat(rows.discount()).containsExactly(0.125f, 0.25f, 0.5f, 0, 0, 0);
    assertThat(LossCounts.of(batch).tdRows()).isEqualTo(rows.size());
  }
}
