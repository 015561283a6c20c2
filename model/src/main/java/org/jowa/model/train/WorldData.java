package org.jowa.model.train;

import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jowa.data.batch.SequenceSource;
import org.jowa.model.world.CodeFacts;

/**
 * What one rank trains a world-action model on.
 *
 * @param train its share of the training batches
 * @param heldOut its share of the held-out batches, if the data set has any
 * @param frames its share of batches of single steps, for models with a behaviour network
 * @param neighbourhoods its share of batches of the stage of a neighbourhood network
 * @param codes finds what is known of the tokenizer's codes, which a new run of a model with a
 *     network of single tokens asks for
 * @param newGames what becomes of weights that a new run starts from
 * @param imaginedFrames what is trained on for frames that the model imagined, tokens {@code [n *
 *     36]} each
 */
public record WorldData(
    SequenceSource train,
    Optional<SequenceSource> heldOut,
    Optional<SequenceSource> frames,
    Optional<SequenceSource> neighbourhoods,
    Optional<Supplier<CodeFacts>> codes,
    NewGames newGames,
    UnaryOperator<int[]> imaginedFrames) {

  /** Sequences alone, for models without a behaviour network. */
  public static WorldData of(SequenceSource train, Optional<SequenceSource> heldOut) {
    return new WorldData(
        train,
        heldOut,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        NewGames.NONE,
        UnaryOperator.identity());
  }

  /** The same for a run that starts from weights of other games. */
  public WorldData of(NewGames games) {
    return new WorldData(train, heldOut, frames, neighbourhoods, codes, games, imaginedFrames);
  }
}
