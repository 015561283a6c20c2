package org.jowa.jobs.gpucheck;

import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.IntByReference;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Looks for NVIDIA's library of collectives, which the node brings along. */
final class Nccl {
  private static final String LIBRARY = "libnccl.so.2";

  private Nccl() {}

  /**
   * @param libtorch folder that libtorch was loaded from, which may hold it too
   */
  static Check find(String libtorch) {
    List<String> places = new ArrayList<>(List.of(LIBRARY, Path.of(libtorch, LIBRARY).toString()));
    for (String place : places) {
      try (NativeLibrary library = NativeLibrary.getInstance(place)) {
        IntByReference version = new IntByReference();
        int error = library.getFunction("ncclGetVersion").invokeInt(new Object[] {version});
        int code = version.getValue();
        if (error != 0) {
          return Check.failed("libnccl", "ncclGetVersion gives error " + error);
        }
        // Since 2.9 the code is 10,000 times the major version.
        return Check.passed(
            "libnccl",
            String.format(
                Locale.ROOT,
                "%d.%d.%d in %s",
                code / 10_000,
                code / 100 % 100,
                code % 100,
                library.getFile()));
      } catch (UnsatisfiedLinkError e) {
        // Looked for in the next place.
      }
    }
    String path = System.getenv("LD_LIBRARY_PATH");
    return Check.failed(
        "libnccl",
        "no %s in the system's folders, in LD_LIBRARY_PATH (%s) or in %s: install libnccl2 (docs/gpu.md)"
            .formatted(
                LIBRARY,
                path == null || path.isEmpty() ? "not set" : path.replace(File.pathSeparator, " "),
                libtorch));
  }
}
