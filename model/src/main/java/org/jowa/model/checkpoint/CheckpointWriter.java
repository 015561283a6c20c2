package org.jowa.model.checkpoint;

import static java.util.Objects.requireNonNull;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bytedeco.pytorch.Tensor;
import org.jowa.error.StoreException;
import org.jowa.model.torch.Safetensors;

/**
 * Writes checkpoints while training goes on, one at a time: {@link #start} copies weights and
 * optimizer state and returns, a thread writes, hashes and commits the copies and deletes what is
 * no longer kept. What became of it is learnt by {@link #poll} or {@link #await}, which throw its
 * error.
 *
 * <p>The copies take as much memory as weights and moments together, 12 bytes a parameter, from the
 * beginning to the end. All methods belong to one thread.
 */
public final class CheckpointWriter implements AutoCloseable {
  /** How long a write that is under way may still take when training has failed. */
  private static final Duration GRACE = Duration.ofSeconds(3);

  private final CheckpointStore store;
  private final int keep;
  private final Map<String, HostCopies> files = new LinkedHashMap<>();
  private Optional<Write> running = Optional.empty();

  /** A write under way. */
  private record Write(Thread thread, FutureTask<Checkpoint> task) {}

  /**
   * @param keep newest checkpoints that stay
   * @param alike tensors like those that will be written
   */
  public CheckpointWriter(CheckpointStore store, int keep, Checkpoint.Tensors alike) {
    this.store = store;
    this.keep = keep;
    byFile(alike).forEach((file, tensors) -> files.put(file, new HostCopies(tensors)));
  }

  private static Map<String, Map<String, Tensor>> byFile(Checkpoint.Tensors tensors) {
    Map<String, Map<String, Tensor>> files = new LinkedHashMap<>();
    files.put(Checkpoint.MODEL, tensors.model());
    files.put(Checkpoint.OPTIMIZER, tensors.optimizer());
    if (!tensors.tokenizer().isEmpty()) {
      files.put(Checkpoint.TOKENIZER, tensors.tokenizer());
    }
    return files;
  }

  /** Memory of the copies. */
  public long bytes() {
    return files.values().stream().mapToLong(HostCopies::bytes).sum();
  }

  /**
   * Copies the tensors and begins to write them; they may change as soon as this returns.
   *
   * @param before done first, in the writing thread: what has to be on disk no later than this
   * @throws IllegalStateException if one is under way, or what became of the last wasn't asked for
   */
  public void start(CheckpointState state, Checkpoint.Tensors tensors, Runnable before) {
    if (running.isPresent()) {
      throw new IllegalStateException("A checkpoint is being written: await it before the next");
    }
    byFile(tensors).forEach((file, values) -> requireNonNull(files.get(file), file).take(values));
    FutureTask<Checkpoint> task = new FutureTask<>(() -> write(state, before));
    Thread thread = new Thread(task, "checkpoint-writer");
    thread.setDaemon(true);
    running = Optional.of(new Write(thread, task));
    thread.start();
  }

  private Checkpoint write(CheckpointState state, Runnable before) {
    before.run();
    Map<String, FileContent> contents = new LinkedHashMap<>();
    files.forEach((file, copies) -> contents.put(file, content(copies)));
    Checkpoint written = store.write(state, contents);
    store.retain(keep);
    return written;
  }

  private static FileContent content(HostCopies copies) {
    return out -> Safetensors.write(new Interruptible(out), copies.tensors(), Map.of());
  }

  /** Whether one is being written at this moment. */
  public boolean isBusy() {
    return running.isPresent() && !running.get().task().isDone();
  }

  /**
   * The checkpoint that was committed since the last call, if any. Returns at once.
   *
   * @throws StoreException if it couldn't be written
   */
  public Optional<Checkpoint> poll() {
    return isBusy() ? Optional.empty() : await();
  }

  /**
   * Waits until nothing is being written.
   *
   * @return the checkpoint that was committed since the last call, if any
   * @throws StoreException if it couldn't be written
   * @throws CancellationException if the thread was interrupted
   */
  public Optional<Checkpoint> await() {
    if (running.isEmpty()) {
      return Optional.empty();
    }
    FutureTask<Checkpoint> task = running.get().task();
    try {
      Checkpoint written = task.get();
      running = Optional.empty();
      return Optional.of(written);
    } catch (ExecutionException e) {
      running = Optional.empty();
      throw e.getCause() instanceof RuntimeException known
          ? known
          : new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("Interrupted while a checkpoint was being written");
    }
  }

  /**
   * Frees the copies. A write under way is given a few seconds, then given up: whoever trains next
   * in this folder shouldn't meet this writer. It doesn't tell what became of it.
   */
  @Override
  public void close() {
    if (running.isPresent() && !endsWithin(running.get(), GRACE)) {
      running.get().thread().interrupt();
      if (!endsWithin(running.get(), GRACE)) {
        // Stuck in the file system, and it reads the copies: better to lose their memory.
        return;
      }
    }
    files.values().forEach(HostCopies::close);
  }

  private static boolean endsWithin(Write write, Duration limit) {
    boolean interrupted = Thread.interrupted();
    long deadline = System.nanoTime() + limit.toNanos();
    try {
      while (true) {
        try {
          write.task().get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
          return true;
        } catch (ExecutionException e) {
          return true;
        } catch (TimeoutException e) {
          return false;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Local files don't notice an interruption themselves. */
  private static final class Interruptible extends FilterOutputStream {
    Interruptible(OutputStream out) {
      super(out);
    }

    @Override
    public void write(int value) throws IOException {
      out.write(value);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (Thread.currentThread().isInterrupted()) {
        throw new InterruptedIOException("training ended before it was written");
      }
      out.write(bytes, offset, length);
    }
  }
}
