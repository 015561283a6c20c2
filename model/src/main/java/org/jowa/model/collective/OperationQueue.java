package org.jowa.model.collective;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs a rank's operations one after the other, in the order of the calls. Those that are started
 * run on a daemon thread; one that is waited for runs in the caller's thread when nothing is before
 * it, which saves two changes of thread.
 */
final class OperationQueue implements AutoCloseable {
  private static final long IDLE_SECONDS = 30;
  private static final long CLOSE_SECONDS = 10;

  private final ExecutorService thread;
  private final Runnable interrupted;

  /** Held by the operation that runs. Fair, so that an operation can't overtake. */
  private final ReentrantLock running = new ReentrantLock(true);

  private int outstanding;

  /**
   * @param threadName of the thread that started operations run on
   * @param interrupted called when a caller is interrupted while it waits: it has to end the
   *     operations that run
   */
  OperationQueue(String threadName, Runnable interrupted) {
    this.interrupted = interrupted;
    ThreadPoolExecutor single =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread created = new Thread(task, threadName);
              created.setDaemon(true);
              return created;
            });
    // Most runs of a rank start nothing, so an idle thread goes away.
    single.allowCoreThreadTimeOut(true);
    thread = single;
  }

  /** Runs an operation after all that were started before, and returns when it is over. */
  void run(Runnable operation) {
    if (!tryEnter()) {
      start(operation).finish();
      return;
    }
    running.lock();
    try {
      operation.run();
    } finally {
      running.unlock();
      leave();
    }
  }

  /** Has an operation run after all that were called before. */
  Pending start(Runnable operation) {
    enter();
    Future<?> future =
        thread.submit(
            () -> {
              running.lock();
              try {
                operation.run();
              } finally {
                running.unlock();
                leave();
              }
            });
    return () -> await(future);
  }

  private void await(Future<?> future) {
    boolean wasInterrupted = false;
    try {
      while (true) {
        try {
          future.get();
          return;
        } catch (InterruptedException e) {
          // The operation still uses the caller's memory: it has to end before this returns.
          wasInterrupted = true;
          interrupted.run();
        }
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known
          ? known
          : new IllegalStateException(e.getCause());
    } finally {
      if (wasInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private synchronized boolean tryEnter() {
    if (outstanding > 0) {
      return false;
    }
    outstanding++;
    return true;
  }

  private synchronized void enter() {
    outstanding++;
  }

  private synchronized void leave() {
    outstanding--;
  }

  /** Waits for what was started, which the caller has made fail or end, and lets the thread end. */
  @Override
  public void close() {
    thread.shutdown();
    boolean wasInterrupted = Thread.interrupted();
    try {
      thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      wasInterrupted = true;
    }
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
