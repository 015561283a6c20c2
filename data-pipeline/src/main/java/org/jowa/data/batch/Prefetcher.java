package org.jowa.data.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Fills batches in a thread of its own, a bounded number ahead of the caller. The same few batches
 * go round for ever, so memory stays constant.
 *
 * <p>The thread is stopped by a flag, never by an interrupt: an interrupt would close the files
 * that it reads.
 */
final class Prefetcher<B> implements AutoCloseable {
  private static final long POLL_MILLIS = 20;

  private final String name;
  private final Filler<B> filler;
  private final List<B> batches = new ArrayList<>();
  private @Nullable Worker worker;
  private @Nullable B inUse;
  private boolean closed;

  /** Fills a batch with the samples of a step. */
  interface Filler<B> {
    void fill(long step, B batch);
  }

  /**
   * @param ahead batches that may be ready before they are asked for, at least 1
   */
  Prefetcher(String name, int ahead, Supplier<B> newBatch, Filler<B> filler) {
    if (ahead < 1) {
      throw new IllegalArgumentException("prefetch " + ahead);
    }
    this.name = name;
    this.filler = filler;
    for (int i = 0; i < ahead + 1; i++) {
      batches.add(newBatch.get());
    }
  }

  /** The batch of a step, valid until the next call; what failed in the thread is thrown here. */
  synchronized B batch(long step) {
    if (closed) {
      throw new IllegalStateException("The loader is closed");
    }
    Worker current = worker;
    if (current == null || current.nextToHandOut != step) {
      current = restart(step);
    }
    if (inUse != null) {
      current.free.add(inUse);
      inUse = null;
    }
    Object ready = current.await();
    if (ready instanceof Failure failure) {
      // A fresh start, so that a caller that tries again sees the failure again and doesn't hang.
      stop();
      throw failure.cause;
    }
    current.nextToHandOut = step + 1;
    @SuppressWarnings("unchecked")
    B batch = (B) ready;
    inUse = batch;
    return batch;
  }

  private Worker restart(long step) {
    stop();
    Worker fresh = new Worker(step);
    fresh.free.addAll(batches);
    inUse = null;
    worker = fresh;
    fresh.thread.start();
    return fresh;
  }

  private void stop() {
    if (worker != null) {
      worker.stopped = true;
      boolean interrupted = false;
      while (worker.thread.isAlive()) {
        try {
          worker.thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      worker = null;
      inUse = null;
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    stop();
    batches.clear();
  }

  private record Failure(RuntimeException cause) {}

  private final class Worker {
    private final BlockingQueue<B> free = new ArrayBlockingQueue<>(batches.size());
    private final BlockingQueue<Object> ready = new ArrayBlockingQueue<>(batches.size() + 1);
    private final Thread thread = new Thread(this::run, name);
    private volatile boolean stopped;
    private long step;
    private long nextToHandOut;

    Worker(long firstStep) {
      this.step = firstStep;
      this.nextToHandOut = firstStep;
      thread.setDaemon(true);
    }

    private void run() {
      try {
        while (!stopped) {
          B batch = free.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
          if (batch != null) {
            filler.fill(step++, batch);
            ready.add(batch);
          }
        }
      } catch (RuntimeException e) {
        ready.add(new Failure(e));
      } catch (InterruptedException e) {
        ready.add(new Failure(new IllegalStateException(name + " was interrupted", e)));
      } catch (Error e) {
        ready.add(new Failure(new IllegalStateException(name + " failed: " + e, e)));
        throw e;
      }
    }

    Object await() {
      try {
        return ready.take();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while waiting for a batch", e);
      }
    }
  }
}
