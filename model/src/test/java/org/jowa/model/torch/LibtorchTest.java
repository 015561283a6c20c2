package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibtorchTest {
  @TempDir Path folder;
  private Path lib;

  @BeforeEach
  void makeFolder() throws IOException {
    lib = Files.createDirectories(folder.resolve("libtorch/lib"));
  }

  @Test
  void noSettingNamesNone() {
    assertThat(Libtorch.named(null)).isEmpty();
    assertThat(Libtorch.named("")).isEmpty();
  }

  @Test
  void aFolderWithoutTheLibraryIsRefused() {
    assertThatThrownBy(() -> Libtorch.named(lib.toString()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("PYTORCH_LIBRARY_PATH is " + lib)
        .hasMessageContaining("libtorch.so");
  }

  @Test
  void anotherVersionIsRefusedBeforeAnythingIsLoaded() throws IOException {
    Files.createFile(lib.resolve("libtorch.so"));
    Files.writeString(folder.resolve("libtorch/build-version"), "2.6.0+cu124\n");
    assertThatThrownBy(() -> Libtorch.named(lib.toString()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("libtorch 2.6.0")
        .hasMessageContaining("needs 2.7.1");
  }

  @Test
  void djlsOwnLibraryFollowsTheBuild() throws IOException {
    Files.createFile(lib.resolve("libtorch.so"));
    Files.writeString(folder.resolve("libtorch/build-version"), "2.7.1+cu128\n");
    assertThat(Libtorch.named(lib.toString()).map(Libtorch::djlFlavor)).contains("cpu");
    Files.createFile(lib.resolve("libtorch_cuda.so"));
    assertThat(Libtorch.named(lib.toString()).map(Libtorch::djlFlavor)).contains("cu128");
  }

  /** In a process of its own, since a process has one libtorch. */
  private String initWith(Path path) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dai.djl.offline=true",
            "-cp",
            System.getProperty("java.class.path"),
            Init.class.getName());
    builder.environment().put(Libtorch.PATH, path.toString());
    builder.redirectErrorStream(true);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  /** Brings torch up and says how it went. */
  static final class Init {
    private Init() {}

    public static void main(String[] args) {
      try {
        TorchRuntime.init();
        try (StepScope scope = StepScope.inference()) {
          System.out.println(
              "sum "
                  + Tensors.of(new float[] {1, 2}, 2).sum().item_float()
                  + " by "
                  + TorchRuntime.libraryPath());
        }
      } catch (InvalidInputException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }

  @Test
  void theFolderThatIsNamedIsLoaded() throws IOException, InterruptedException {
    for (Path file : files(Path.of(TorchRuntime.libraryPath()))) {
      Files.createSymbolicLink(lib.resolve(file.getFileName()), file);
    }
    assertThat(initWith(lib)).contains("sum 3.0 by " + lib);
  }

  @Test
  void librariesThatDoNotLoadAreReportedInOneLine() throws IOException, InterruptedException {
    for (String name : List.of("libtorch.so", "libc10.so", "libtorch_cpu.so")) {
      Files.writeString(lib.resolve(name), "no library");
    }
    Optional<String> line = initWith(lib).lines().filter(s -> s.startsWith("refused")).findFirst();
    assertThat(line).get().asString().contains("Cannot load libtorch from").contains("2.7.1");
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).toList();
    }
  }
}
