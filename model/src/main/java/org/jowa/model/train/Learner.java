package org.jowa.model.train;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.collective.Collective;
import org.jowa.model.optim.AdamW;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.Safetensors;

/**
 * What a {@link TrainingLoop} trains: a model, its optimizer, its batches and its losses, as seen
 * from one rank. Steps are named by the number of steps done before them, so the first is 0.
 *
 * <p>Sums are figures that add up over batches and ranks; losses are made from them last.
 */
interface Learner extends AutoCloseable {
  FlatParameters parameters();

  AdamW optimizer();

  /** What a checkpoint's model file holds, by name. */
  default Map<String, Tensor> modelTensors() {
    return parameters().tensors();
  }

  /** Takes over what a checkpoint's model file holds. */
  default void loadModel(Safetensors model) {
    parameters().copyFrom(model, FlatParameters.Strictness.EXACT);
  }

  /** What a checkpoint's optimizer file holds, by name: all that goes on beside the model. */
  default Map<String, Tensor> state() {
    return optimizer().state();
  }

  /** Takes over what a checkpoint's optimizer file holds. */
  default void loadState(Safetensors state) {
    optimizer().load(state);
  }

  /** What a checkpoint's tokenizer file holds, by name; empty where no tokenizer learns along. */
  default Map<String, Tensor> tokenizerTensors() {
    return Map.of();
  }

  /** Takes over what a checkpoint's tokenizer file holds, if it has one. */
  default void loadTokenizer(Safetensors tokenizer) {}

  /** Brings what ranks hold apart into {@link #state}; called on all ranks before they save. */
  default void gather(Collective collective) {}

  /** Steps that will have been done at the end. */
  long totalSteps();

  /** Largest norm of the gradients. */
  double clipNorm();

  /**
   * Stage that a step belongs to, as in metrics. The step after the last one is of the last stage.
   */
  String stage(long step);

  /** Whether a stage is over once so many steps are done. */
  default boolean endsStageAt(long done) {
    return done == totalSteps() || !stage(done).equals(stage(done - 1));
  }

  /**
   * Called on all ranks in a new run, before its first checkpoint and before weights are imported.
   */
  default void begin(Collective collective) {}

  /** Whether a parameter is replaced by the imported one of its name, in a new run. */
  default boolean imports(String parameter) {
    return true;
  }

  /**
   * Called when a new run's weights were replaced by imported ones.
   *
   * @param seed of the run that they are from, if it is known
   * @return what users want to know of it
   */
  Optional<String> weightsImported(Optional<Long> seed);

  /** Prepares the optimizer for a step, whether it was reached by the loop or by resuming. */
  void prepare(long step);

  /**
   * Reads this rank's share of a step's batch.
   *
   * @return what the losses are divided by, to be summed over all ranks
   */
  double[] read(long step);

  /**
   * Adds to the gradients those of the share that was read last.
   *
   * @param counts of all ranks together
   * @param complete may be told where gradients lie that won't change any more in this step, each
   *     at most once and in the same order on all ranks
   * @return the share's sums, always of the same length
   */
  double[] accumulate(long step, double[] counts, Consumer<Range> complete);

  /** The share that was read last: its samples and games, for error messages. */
  BatchDescription batch();

  /**
   * Called when the weights were updated.
   *
   * @param step the step just done
   * @param sums of all ranks together
   */
  void updated(long step, double[] sums);

  /**
   * One held-out batch without dropout.
   *
   * @param index from 0 to {@link #heldOutBatches()}, exclusive
   * @param step the step just done, to know the stage
   * @return this rank's sums
   */
  double[] heldOut(long index, long step);

  /** Global batches of the held-out split; 0 if there is none. */
  long heldOutBatches();

  /** Mean losses and other figures by their names in metrics. */
  Map<String, Double> losses(long step, double[] sums);

  /**
   * What is still where it was before training, though the stage is nearly over: a sentence to warn
   * with.
   *
   * @param step the step just done
   * @param heldOut figures by their names in metrics
   */
  default Optional<String> atBaseline(long step, Map<String, Double> heldOut) {
    return Optional.empty();
  }

  /** Mean losses of each game in the batch, by the game's name. */
  Map<String, Map<String, Double>> gameLosses(long step, double[] sums);

  /** What one step gets through, by the name of its rate in metrics. */
  Map<String, Double> unitsPerStep(long step);

  /** Whole numbers that a checkpoint has to hold. */
  Map<String, Long> counters();

  /** Takes over the counters of a checkpoint. */
  void restore(Map<String, Long> counters);

  @Override
  void close();
}
