package org.jowa.model.train;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jowa.error.StoreException;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.checkpoint.CheckpointWriter;
import org.jowa.model.collective.Collective;
import org.jowa.model.torch.StepScope;

/**
 * Saves a training's checkpoints from all ranks' point of view: rank 0 writes in the background,
 * the others only prove that they hold the same weights. Nobody waits for the store, but for the
 * end of a stage, and when the checkpoint before is still being written.
 */
final class Checkpointing implements AutoCloseable {
  /** How long ranks wait for rank 0 and its store: a slow one mustn't fail the run. */
  static final Duration TIMEOUT = Duration.ofHours(1);

  private final Collective collective;
  private final Learner learner;
  private final TrainListener listener;
  private final Optional<CheckpointWriter> writer;

  private Checkpointing(
      Collective collective,
      Learner learner,
      TrainListener listener,
      Optional<CheckpointWriter> writer) {
    this.collective = collective;
    this.learner = learner;
    this.listener = listener;
    this.writer = writer;
  }

  /** Takes the memory for copies on rank 0, so that a lack of it shows before the first step. */
  static Checkpointing open(TrainContext context, Learner learner, CheckpointStore store) {
    Optional<CheckpointWriter> writer = Optional.empty();
    if (context.collective().rank() == 0) {
      try (StepScope scope = StepScope.inference()) {
        writer =
            Optional.of(
                new CheckpointWriter(
                    store, context.settings().checkpoint().keep(), tensors(learner)));
      }
    }
    return new Checkpointing(context.collective(), learner, context.listener(), writer);
  }

  /**
   * Begins to save a checkpoint; called on all ranks.
   *
   * @param before done before it is committed
   * @throws StoreException if the one before couldn't be written
   */
  void save(CheckpointState state, Runnable before) {
    if (WeightDigest.requireEqual(collective, learner.parameters().weights(), state, isBusy())) {
      awaitSlowStore(state);
    }
    learner.gather(collective);
    if (writer.isPresent()) {
      poll();
      try (StepScope scope = StepScope.inference()) {
        writer.get().start(state, tensors(learner), before);
      }
    }
  }

  private static Checkpoint.Tensors tensors(Learner learner) {
    return new Checkpoint.Tensors(
        learner.modelTensors(), learner.state(), learner.tokenizerTensors());
  }

  private boolean isBusy() {
    return writer.isPresent() && writer.get().isBusy();
  }

  private void awaitSlowStore(CheckpointState next) {
    long started = System.nanoTime();
    finish();
    if (writer.isPresent()) {
      listener.note(
          String.format(
              Locale.ROOT,
              "Waited %.1f s before the checkpoint of step %d, until the one before was written:"
                  + " the store is slow for checkpoint.every",
              (System.nanoTime() - started) / 1e9,
              next.step()));
    }
  }

  /**
   * Tells the listener what was written since the last call.
   *
   * @throws StoreException if it couldn't be written
   */
  void poll() {
    writer.flatMap(CheckpointWriter::poll).ifPresent(listener::checkpointWritten);
  }

  /**
   * Waits on all ranks until everything is on disk.
   *
   * @throws StoreException on rank 0 if it couldn't be written
   */
  void finish() {
    writer.flatMap(CheckpointWriter::await).ifPresent(listener::checkpointWritten);
    collective.barrier(TIMEOUT);
  }

  @Override
  public void close() {
    writer.ifPresent(CheckpointWriter::close);
  }
}
