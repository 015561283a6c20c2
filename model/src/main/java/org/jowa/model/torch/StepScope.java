package org.jowa.model.torch;

import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;

/**
 * Bounds the life of the temporary tensors of one step and sets the thread's gradient mode for it.
 * On closing, every JavaCPP object made inside is freed (but those passed to {@link Tensors#keep})
 * and the gradient mode is what it was before, whatever happened in between: threads are reused,
 * and DJL turns gradients off in threads it has seen. Denormal numbers count as zero inside, see
 * {@link Denormals}.
 *
 * <pre>{@code
 * try (StepScope step = StepScope.training()) {
 *   losses.total().backward();
 * }
 * }</pre>
 *
 * A scope belongs to the thread that opened it; scopes nest.
 */
public final class StepScope implements AutoCloseable {
  private final PointerScope pointers;
  private final boolean gradientsBefore;

  private StepScope(boolean gradients) {
    TorchRuntime.init();
    gradientsBefore = GradMode.is_enabled();
    pointers = new PointerScope();
    GradMode.set_enabled(gradients);
    Denormals.flush();
  }

  /** A scope in which operators are recorded for gradients. */
  public static StepScope training() {
    return new StepScope(true);
  }

  /** A scope in which nothing is recorded. */
  public static StepScope inference() {
    return new StepScope(false);
  }

  /**
   * Runs a computation in an {@link #inference} scope and lets its result out of it, into the scope
   * of the caller.
   */
  public static Tensor withoutGradients(Supplier<Tensor> computation) {
    Tensor result;
    try (StepScope scope = inference()) {
      result = Tensors.keep(computation.get());
    }
    PointerScope outer = PointerScope.getInnerScope();
    if (outer != null) {
      outer.attach(result);
      Tensors.release(result);
    }
    return result;
  }

  @Override
  public void close() {
    try {
      pointers.close();
    } finally {
      GradMode.set_enabled(gradientsBefore);
      Denormals.restore();
    }
  }
}
