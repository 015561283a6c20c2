package org.jowa.model.torch;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.LibUtils;
import ai.djl.util.Utils;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.jowa.error.InvalidInputException;
import org.jowa.natives.NativeFailure;
import org.jowa.natives.NativeFolder;
import org.jspecify.annotations.Nullable;

/**
 * Brings up the one libtorch that DJL and JavaCPP share.
 *
 * <p>DJL loads its libtorch first; JavaCPP is then pointed at the same files, because a second
 * libtorch in the process aborts the JVM. {@code PYTORCH_LIBRARY_PATH} names another folder of
 * libtorch's libraries than the CPU build that comes along, one for CUDA for instance. JavaCPP
 * reads its platform properties once, so {@link #init()} has to run before any bytedeco class is
 * touched, those of the emulator included. No static field anywhere may hold a JavaCPP object,
 * since class initialisation could run earlier.
 *
 * <p>Source: design.md section 3, "One libtorch for DJL and JavaCPP".
 */
public final class TorchRuntime {
  /** The libtorch that both DJL's and JavaCPP's bindings were compiled for. */
  public static final String LIBTORCH_VERSION = "2.7.1";

  private static final String FLAVOR = "PYTORCH_FLAVOR";
  private static final Pattern BUILT = Pattern.compile("TORCH_VERSION=([\\d.]+)");

  private static boolean initialised;

  /** Classes whose natives failed to load fail with another, meaningless error the next time. */
  private static @Nullable String failure;

  private TorchRuntime() {}

  /**
   * Loads the natives, once per process; later calls return at once.
   *
   * @throws IllegalStateException if the platform is not linux-x86_64, or if bytedeco natives were
   *     loaded before
   * @throws InvalidInputException if the libraries can't be unpacked or loaded, or the libtorch
   *     that {@code PYTORCH_LIBRARY_PATH} names is of another version
   */
  public static synchronized void init() {
    if (initialised) {
      return;
    }
    if (failure != null) {
      throw new InvalidInputException(failure);
    }
    requireSupportedPlatform();
    NativeFolder.use();
    ProcessMemory.keep();
    Optional<Libtorch> named = Libtorch.named(Utils.getEnvOrSystemProperty(Libtorch.PATH));
    // DJL would guess the libraries of another C++ ABI, which it doesn't bring along.
    if (named.isPresent() && Utils.getEnvOrSystemProperty(FLAVOR) == null) {
      System.setProperty(FLAVOR, named.get().djlFlavor());
    }
    try {
      if (named.isEmpty()) {
        TorchFiles.unpack();
      }
      load();
    } catch (LinkageError | EngineException | IOException e) {
      InvalidInputException mistake = failure(named, e);
      failure = mistake.getMessage();
      throw mistake;
    }
    initialised = true;
  }

  private static InvalidInputException failure(Optional<Libtorch> named, Throwable e) {
    if (named.isEmpty()) {
      return NativeFailure.of(
          "torch", e, NativeFolder.REMEDY, TorchFiles.folder(), NativeFolder.ofJavaCpp());
    }
    return new InvalidInputException(
        "Cannot load libtorch from %s=%s: %s; it has to be a libtorch %s of the C++11 ABI (docs/gpu.md)"
            .formatted(
                Libtorch.PATH, named.get().folder(), NativeFailure.reason(e), LIBTORCH_VERSION),
        e);
  }

  private static void load() {
    Engine engine = Engine.getEngine("PyTorch");
    requireVersion("DJL loaded libtorch", engine.getVersion());
    String libtorch = LibUtils.getLibtorchPath();
    System.setProperty("org.bytedeco.javacpp.pathsFirst", "true");
    System.setProperty("org.bytedeco.javacpp.platform.preloadpath", libtorch);
    System.setProperty("org.bytedeco.javacpp.platform.linkpath", libtorch);
    // JavaCPP would count torch's memory against the Java heap's limit and give up beyond it.
    System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    Loader.load(torch.class);
    // What DJL calls the version is a setting; this is the library's own word.
    Matcher built = BUILT.matcher(torch.show_config().getString());
    if (built.find()) {
      requireVersion("The libtorch in " + libtorch + " is", built.group(1));
    }
    // oneDNN does our convolutions; asking for NNPACK where it doesn't run prints a warning each
    // time a small one comes along.
    torch.globalContext().setUserEnabledNNPACK(false);
  }

  private static void requireVersion(String found, String version) {
    if (!version.startsWith(LIBTORCH_VERSION)) {
      throw new InvalidInputException(
          "%s %s, but this build needs %s: remove PYTORCH_VERSION and %s, or point the latter at the lib folder of a libtorch %s (docs/gpu.md)"
              .formatted(found, version, LIBTORCH_VERSION, Libtorch.PATH, LIBTORCH_VERSION));
    }
  }

  /** The folder that libtorch was loaded from. */
  public static String libraryPath() {
    init();
    return LibUtils.getLibtorchPath();
  }

  /**
   * Sets how many threads an operator of the calling thread may use. Torch keeps this number per
   * thread: each rank sets its own before its first operator, for its helpers count denormals as
   * zero or don't as the thread did that started them.
   *
   * @param threads at least 1
   */
  public static void setThreads(int threads) {
    init();
    torch.set_num_threads(threads);
    Denormals.startHelpers(threads);
  }

  private static void requireSupportedPlatform() {
    String os = System.getProperty("os.name");
    String arch = System.getProperty("os.arch");
    if (!os.equals("Linux") || !arch.equals("amd64")) {
      throw new IllegalStateException(
          "No torch natives for "
              + os
              + " "
              + arch
              + ": only linux-x86_64 is supported; run on such a machine or container");
    }
  }
}
