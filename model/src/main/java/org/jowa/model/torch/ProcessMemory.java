package org.jowa.model.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the C library keep for this process what torch frees.
 *
 * <p>By default it gives blocks of the size of a feature map back to the system, which hands out
 * new pages, cleared and mapped one by one, when the next operator asks for as much: with some
 * kernels and hosts half of a training step. Kept memory is used again, so that the process stays
 * at the size of its largest step. All threads share one arena, so that there is one such memory
 * and not one for each thread.
 *
 * <p>Set from inside the process, so that it holds in whatever way the process was started. What
 * the user has set in the environment stays.
 */
final class ProcessMemory {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessMemory.class);

  /** What is added to the heap beyond the need, and what an arena of a thread keeps. */
  private static final int PAD_BYTES = 64 << 20;

  /**
   * A parameter of {@code mallopt}, see {@code malloc.h}.
   *
   * @param number its number there
   * @param variable of the environment that sets the same at the start of a process
   */
  record Parameter(int number, int value, String variable) {}

  private static final List<Parameter> KEEPING =
      List.of(
          new Parameter(/* M_TRIM_THRESHOLD */ -1, /* never */ -1, "MALLOC_TRIM_THRESHOLD_"),
          new Parameter(/* M_TOP_PAD */ -2, PAD_BYTES, "MALLOC_TOP_PAD_"),
          // Before glibc 2.35 a threshold that large is refused, but the number of blocks isn't.
          new Parameter(/* M_MMAP_THRESHOLD */ -3, Integer.MAX_VALUE, "MALLOC_MMAP_THRESHOLD_"),
          new Parameter(/* M_MMAP_MAX */ -4, 0, "MALLOC_MMAP_MAX_"),
          new Parameter(/* M_ARENA_MAX */ -8, 1, "MALLOC_ARENA_MAX"));

  private ProcessMemory() {}

  /** Sets it, best before torch's threads start. */
  static void keep() {
    try {
      Function mallopt = NativeLibrary.getInstance("c").getFunction("mallopt");
      for (Parameter parameter : unset(System.getenv())) {
        mallopt.invokeInt(new Object[] {parameter.number(), parameter.value()});
      }
    } catch (LinkageError | RuntimeException e) {
      LOG.warn(
          "Torch's memory goes back to the system after every operator, which may cost half of a"
              + " tokenizer step's time: {}. Set MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=-1"
              + " in the environment of driver and executors instead",
          e.toString());
    }
  }

  /** The parameters that the environment leaves to us. */
  static List<Parameter> unset(Map<String, String> environment) {
    return KEEPING.stream()
        .filter(parameter -> !environment.containsKey(parameter.variable()))
        .toList();
  }
}
