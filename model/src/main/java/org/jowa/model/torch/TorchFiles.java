package org.jowa.model.torch;

import ai.djl.engine.Engine;
import ai.djl.util.Platform;
import ai.djl.util.Utils;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jowa.natives.NativeFiles;

/**
 * The libraries of libtorch and of DJL's binding, unpacked from their jars to where DJL looks for
 * them. DJL unpacks too, but looks for one file only before it takes a folder for complete.
 */
final class TorchFiles {
  private static final String ENGINE = "pytorch";
  private static final String BINDING = "libdjl_torch.so";

  private TorchFiles() {}

  /** The folder that DJL unpacks to. */
  static Path folder() {
    return Utils.getEngineCacheDir(ENGINE);
  }

  /**
   * Sees to it that DJL finds all files, each as long as in its jar.
   *
   * @throws IOException if they can't be written
   */
  static void unpack() throws IOException {
    Platform platform = Platform.detectPlatform(ENGINE);
    if (platform.isPlaceholder()) {
      // No libtorch on the class path: DJL says so itself.
      return;
    }
    String build = platform.getFlavor() + "/" + platform.getClassifier() + "/";
    Map<String, URL> files = new LinkedHashMap<>();
    for (String library : platform.getLibraries()) {
      put(files, library, "pytorch/" + build + library);
    }
    put(
        files,
        Engine.getDjlVersion() + "-" + BINDING,
        "jnilib/" + platform.getClassifier() + "/" + platform.getFlavor() + "/" + BINDING);
    NativeFiles.unpack(
        folder()
            .resolve(
                platform.getVersion()
                    + "-"
                    + platform.getFlavor()
                    + "-"
                    + platform.getClassifier()),
        files);
  }

  private static void put(Map<String, URL> files, String name, String resource) {
    URL original = TorchFiles.class.getClassLoader().getResource(resource);
    if (original != null) {
      files.put(name, original);
    }
  }
}
