package org.jowa.jobs.evaluate;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Work on rows side by side, none of which touches what another does. With one thread it is the
 * caller's own.
 */
final class InRows implements AutoCloseable {
  private final int rows;

  /** Null with one thread. */
  private final @Nullable ExecutorService threads;

  private InRows(int rows, @Nullable ExecutorService threads) {
    this.rows = rows;
    this.threads = threads;
  }

  /**
   * @param threads as many as there are rows at most
   */
  static InRows of(int rows, int threads) {
    return new InRows(
        rows,
        threads == 1
            ? null
            : Executors.newFixedThreadPool(
                Math.min(rows, threads),
                work -> {
                  Thread thread = new Thread(work, "emulators");
                  thread.setDaemon(true);
                  return thread;
                }));
  }

  /**
   * Returns when the work on every row is done.
   *
   * @throws RuntimeException that of the first row whose work failed
   */
  void each(IntConsumer work) {
    if (threads == null) {
      IntStream.range(0, rows).forEach(work);
      return;
    }
    CompletableFuture<?>[] all =
        IntStream.range(0, rows)
            .mapToObj(row -> CompletableFuture.runAsync(() -> work.accept(row), threads))
            .toArray(CompletableFuture[]::new);
    // Nobody frees an emulator while another row still works.
    CompletableFuture.allOf(all).exceptionally(failed -> null).join();
    try {
      for (CompletableFuture<?> one : all) {
        one.join();
      }
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  @Override
  public void close() {
    if (threads != null) {
      threads.shutdown();
    }
  }
}
