package org.jowa.model.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;

/**
 * Numbers below 1.2e-38 count as zero while a {@link StepScope} is open.
 *
 * <p>The gradients of improbable tokens are such numbers as soon as a model is sure of the others,
 * and so are the moments of what hasn't had a gradient for long. Processors multiply them up to two
 * hundred times more slowly than others ({@code DenormalsTest} shows what they become), so training
 * would slow down as it succeeds. TensorFlow does the same in all of its threads.
 */
final class Denormals {
  /** Elements that an operator gives a thread, at least (ATen's GRAIN_SIZE). */
  private static final long GRAIN = 32_768;

  /** How many scopes the thread has open. */
  private static final ThreadLocal<int[]> OPEN = ThreadLocal.withInitial(() -> new int[1]);

  private Denormals() {}

  /** From now on, in the calling thread, until {@link #restore} was called as often. */
  static void flush() {
    if (OPEN.get()[0]++ == 0) {
      torch.globalContext().setFlushDenormal(true);
    }
  }

  /** What the innermost {@link #flush} began has ended. */
  static void restore() {
    if (--OPEN.get()[0] == 0) {
      torch.globalContext().setFlushDenormal(false);
    }
  }

  /**
   * Has the calling thread's helpers started while denormals are flushed: they keep the mode of the
   * moment in which they are started.
   */
  static void startHelpers(int threads) {
    if (threads > 1) {
      flush();
      try (PointerScope scope = new PointerScope()) {
        torch.zeros(threads * GRAIN).neg();
      } finally {
        restore();
      }
    }
  }
}
