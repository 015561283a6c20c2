package org.jowa.env.ale;

import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.jowa.error.InvalidInputException;
import org.jowa.natives.NativeFailure;
import org.jowa.natives.NativeFolder;
import org.jspecify.annotations.Nullable;

/**
 * Loads the emulator's native library, once.
 *
 * <p><b>In a JVM that uses torch too, torch's runtime has to come up before this class, or any
 * other of this module that plays, is used.</b> JavaCPP reads the properties that lead it to the
 * right libtorch once, when its first class is touched, and ALE's classes are such classes. Jobs
 * call {@code TorchRuntime.init()} first; a JVM that only plays needs nothing.
 */
public final class AleNatives {
  private static final String LOG_LEVEL_SYMBOL = "_ZN3ale6Logger12current_modeE";
  private static final int LOG_ERRORS_ONLY = 2;

  private static boolean loaded;

  /** Classes whose natives failed to load fail with another, meaningless error the next time. */
  private static @Nullable String failure;

  private AleNatives() {}

  /**
   * Loads the library and silences its chatter; does nothing when that is done already.
   *
   * @throws InvalidInputException if its jars were left out, there is no library for this platform,
   *     or it can't be loaded
   */
  public static synchronized void init() {
    if (loaded) {
      return;
    }
    if (failure != null) {
      throw new InvalidInputException(failure);
    }
    EmulatorJars.requirePresent();
    NativeFolder.use();
    requireSupportedPlatform(System.getProperty("os.name"), System.getProperty("os.arch"));
    try {
      Loader.load(org.bytedeco.ale.global.ale.class);
    } catch (LinkageError e) {
      InvalidInputException mistake =
          NativeFailure.of("the Atari emulator", e, NativeFolder.REMEDY, NativeFolder.ofJavaCpp());
      failure = mistake.getMessage();
      throw mistake;
    }
    // The binding has no call for the log level. Without it each game prints eight lines.
    Pointer logLevel = Loader.addressof(LOG_LEVEL_SYMBOL);
    if (logLevel != null) {
      new IntPointer(logLevel).put(LOG_ERRORS_ONLY);
    }
    loaded = true;
  }

  static void requireSupportedPlatform(String os, String architecture) {
    if (!os.equals("Linux") || !architecture.equals("amd64")) {
      throw new InvalidInputException(
          "The Atari emulator runs on linux-x86_64 only, this is %s-%s; use such a machine"
              .formatted(os, architecture));
    }
  }
}
