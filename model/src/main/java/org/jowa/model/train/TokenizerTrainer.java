package org.jowa.model.train;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jowa.data.batch.FrameSource;
import org.jowa.model.settings.TokenizerSettings;

/**
 * Trains a tokenizer as one rank of many.
 *
 * <p>Source: specification section 1.8.
 */
public final class TokenizerTrainer {
  private TokenizerTrainer() {}

  /**
   * Trains from the newest checkpoint of the run, or from the start, to the last step. Called on
   * every rank, each in a thread of its own.
   *
   * @param batches this rank's share of the training batches
   * @param heldOut this rank's share of the held-out batches, if the data set has any
   * @param backgrounds of the batches' games, 84 x 84 gray values by the game's id, if the settings
   *     ask for them; they follow from the data, so that a resumed run is given the same
   * @throws DivergedException if a loss or gradient isn't finite
   * @throws org.jowa.model.collective.CollectiveException if another rank failed first
   * @throws org.jowa.error.UsageException if the run was made with another configuration
   * @throws org.jowa.error.InvalidInputException if data or checkpoints can't be used
   */
  public static TrainResult run(
      TrainContext context,
      TokenizerSettings settings,
      FrameSource batches,
      Optional<FrameSource> heldOut,
      Map<Integer, byte[]> backgrounds) {
    Run run =
        Run.of(
            context.layout(),
            Trained.TOKENIZER,
            settings.trainable().identity(),
            (step, then) -> Set.of(TokenizerSettings.STEPS));
    return TrainingLoop.run(
        context,
        run,
        () -> TokenizerLearner.create(context, settings, batches, heldOut, backgrounds));
  }
}
