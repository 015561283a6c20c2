package org.jowa.model.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.LibUtils;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.jowa.natives.NativeFolder;

/**
 * Brings up the one libtorch that DJL and JavaCPP share.
 *
 * <p>DJL loads its libtorch first; JavaCPP is then pointed at the same files, because a second
 * libtorch in the process aborts the JVM. JavaCPP reads its platform properties once, so {@link
 * #init()} has to run before any bytedeco class is touched, those of the emulator included. No
 * static field anywhere may hold a JavaCPP object, since class initialisation could run earlier.
 *
 * <p>Source: design.md section 3, "One libtorch for DJL and JavaCPP".
 */
public final class TorchRuntime {
  /** The libtorch that both DJL's and JavaCPP's bindings were compiled for. */
  public static final String LIBTORCH_VERSION = "2.7.1";

  private static boolean initialised;

  private TorchRuntime() {}

  /**
   * Loads the natives, once per process; later calls return at once.
   *
   * @throws IllegalStateException if the platform is not linux-x86_64, if bytedeco natives were
   *     loaded before, or if libtorch is of another version
   */
  public static synchronized void init() {
    if (initialised) {
      return;
    }
    requireSupportedPlatform();
    NativeFolder.use();
    Engine engine = Engine.getEngine("PyTorch");
    if (!engine.getVersion().startsWith(LIBTORCH_VERSION)) {
      throw new IllegalStateException(
          "DJL loaded libtorch "
              + engine.getVersion()
              + ", but this build needs "
              + LIBTORCH_VERSION
              + ": remove PYTORCH_VERSION and PYTORCH_LIBRARY_PATH, or point the latter at a "
              + LIBTORCH_VERSION
              + " build");
    }
    String libtorch = LibUtils.getLibtorchPath();
    System.setProperty("org.bytedeco.javacpp.pathsFirst", "true");
    System.setProperty("org.bytedeco.javacpp.platform.preloadpath", libtorch);
    System.setProperty("org.bytedeco.javacpp.platform.linkpath", libtorch);
    // JavaCPP would count torch's memory against the Java heap's limit and give up beyond it.
    System.setProperty("org.bytedeco.javacpp.maxBytes", "0");
    System.setProperty("org.bytedeco.javacpp.maxPhysicalBytes", "0");
    Loader.load(torch.class);
    initialised = true;
  }

  /**
   * Sets how many threads an operator of the calling thread may use. Torch keeps this number per
   * thread: each rank sets its own before its first operator.
   *
   * @param threads at least 1
   */
  public static void setThreads(int threads) {
    init();
    torch.set_num_threads(threads);
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
