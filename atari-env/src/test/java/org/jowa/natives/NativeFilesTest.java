package org.jowa.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFilesTest {
  private static final byte[] LIBRARY = new byte[10_000];

  @TempDir private Path folder;
  private Path cache;
  private Map<String, URL> files;

  @BeforeEach
  void jar() throws IOException {
    cache = folder.resolve("cache/torch");
    Path jar = folder.resolve("natives.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      for (String name : new String[] {"one.so", "two.so"}) {
        out.putNextEntry(new JarEntry(name));
        out.write(LIBRARY);
      }
    }
    files =
        Map.of(
            "one.so", new URL("jar:" + jar.toUri() + "!/one.so"),
            "two.so", new URL("jar:" + jar.toUri() + "!/two.so"));
  }

  @Test
  void missingAndShortFilesAreMadeAnewAndWholeOnesLeftAlone() throws IOException {
    NativeFiles.unpack(cache, files);
    FileTime old = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(cache.resolve("two.so"), old);
    Files.write(cache.resolve("one.so"), new byte[5_000]);

    NativeFiles.unpack(cache, files);
    assertThat(cache.resolve("one.so")).hasBinaryContent(LIBRARY);
    assertThat(Files.getLastModifiedTime(cache.resolve("two.so"))).isEqualTo(old);

    Files.delete(cache.resolve("two.so"));
    NativeFiles.unpack(cache, files);
    assertThat(cache.resolve("two.so")).hasBinaryContent(LIBRARY);
    try (Stream<Path> left = Files.list(cache)) {
      assertThat(left).hasSize(2);
    }
  }

  @Test
  void whatThereIsNoRoomForIsNotBegun() throws IOException {
    Map<String, URL> huge = Map.of("huge.so", new URL(null, "huge:1", new Huge()));
    assertThatThrownBy(() -> NativeFiles.unpack(cache, huge))
        .isInstanceOf(IOException.class)
        .hasMessageMatching("1099511627776 MiB are needed in .*cache/torch, and \\d+ MiB are free");
    assertThat(cache).isEmptyDirectory();
  }

  @Test
  void theLineSaysWhatTheSystemSaidAndWhatCanBeSeen() {
    Throwable failure = new IllegalStateException("wrapped", new UnsatisfiedLinkError("no map"));
    InvalidInputException line = NativeFailure.of("torch", failure, "move it", folder);
    assertThat(line)
        .hasMessage(
            "Cannot load torch: no map; its libraries are unpacked to " + folder + ": move it");
    assertThat(NativeFailure.of("torch", failure, "move it", Path.of("/proc/self/x")))
        .hasMessage("Cannot load torch: no map; /proc/self/x can't be written: move it");
  }

  /** Larger than the room on any disk that tests run on, and never read. */
  private static final class Huge extends URLStreamHandler {
    @Override
    protected URLConnection openConnection(URL url) {
      return new URLConnection(url) {
        @Override
        public void connect() {}

        @Override
        public long getContentLengthLong() {
          return 1L << 60;
        }
      };
    }
  }
}
