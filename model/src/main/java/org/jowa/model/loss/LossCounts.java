package org.jowa.model.loss;

import org.jowa.model.settings.WorldConfig;
import org.jowa.model.world.WorldBatch;

/**
 * What the sums of a loss are divided by. Ranks add up theirs ({@link #toArray}, {@link
 * #of(double[])}) before the loss is computed, so that the objective is that of the whole batch
 * whatever the number of ranks and micro-batches.
 *
 * @param observationLabels observation tokens to predict, in played sequences
 * @param realSteps unpadded steps of played sequences
 * @param steps unpadded steps of all sequences
 * @param tdRows rows of the temporal-difference loss
 * @param cloned unpadded steps with one before them, of played sequences that are demonstrations
 */
public record LossCounts(
    double observationLabels, double realSteps, double steps, double tdRows, double cloned) {

  /** Counts of one batch for a model that predicts all frames. */
  public static LossCounts of(WorldBatch batch) {
    return of(batch, true);
  }

  /** Counts of one batch for a model, which need not predict the first frames. */
  public static LossCounts of(WorldBatch batch, WorldConfig config) {
    return of(batch, FeatureRows.readsFirstFrames(config));
  }

  private static LossCounts of(WorldBatch batch, boolean firstFrames) {
    double labels = 0;
    double realSteps = 0;
    double steps = 0;
    double rows = 0;
    double cloned = 0;
    for (int b = 0; b < batch.size(); b++) {
      int inSequence = 0;
      for (int t = 0; t < batch.steps(); t++) {
        if (batch.isReal(b, t)) {
          inSequence++;
          rows += batch.isEnd(b, t) ? 1 : 0;
          if (b < batch.realRows() && (t > 0 || firstFrames)) {
            // The first token of a sequence has nothing before it.
            labels += t == 0 ? WorldConfig.FRAME_TOKENS - 1 : WorldConfig.FRAME_TOKENS;
          }
        }
      }
      rows += Math.max(0, inSequence - 1);
      steps += inSequence;
      realSteps += b < batch.realRows() ? inSequence : 0;
      cloned += batch.isDemonstration(b) ? Math.max(0, inSequence - 1) : 0;
    }
    return new LossCounts(labels, realSteps, steps, rows, cloned);
  }

  /** Counts from the array of {@link #toArray}. */
  public static LossCounts of(double[] counts) {
    return new LossCounts(counts[0], counts[1], counts[2], counts[3], counts[4]);
  }

  /** The counts in a fixed order, for adding them up over ranks. */
  public double[] toArray() {
    return new double[] {observationLabels, realSteps, steps, tdRows, cloned};
  }
}
