package org.jowa.model.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The binding itself: {@link NcclNatives} in a process whose libnccl, libcudart and libcuda are
 * built here from C, with every symbol that the binding wants, and tell what they are given.
 */
@Timeout(900)
class NcclBindingTest {
  private static final List<String> BINDINGS = List.of("libjnicudart.so", "libjninccl.so");
  private static final String NATIVES = "/org/bytedeco/cuda/linux-x86_64/";

  /** Reaching it means that a process hangs. */
  private static final long MINUTES = 5;

  @TempDir private static Path folder;

  @BeforeAll
  static void buildLibraries() throws Exception {
    assumeTrue(onPath("gcc") && onPath("nm"), "gcc and nm build the stand-in; one isn't here");
    for (String binding : BINDINGS) {
      copy(NATIVES + binding, folder.resolve(binding));
    }
    for (String source : List.of("cudart_stand_in.c", "nccl_stand_in.c")) {
      copy(source, folder.resolve(source));
    }
    build("libcuda.so.1", List.of(), name -> name.matches("cu[A-Z].*"));
    build(
        "libcudart.so.12",
        List.of("cudart_stand_in.c"),
        name -> name.startsWith("cuda") || name.startsWith("__cuda"));
    build(
        "libnccl.so.2",
        List.of("nccl_stand_in.c", "libcudart.so.12"),
        name -> name.startsWith("nccl"));
  }

  private static boolean onPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }

  private static void copy(String resource, Path file) throws IOException {
    try (InputStream in = NcclBindingTest.class.getResourceAsStream(resource)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private interface Names {
    boolean has(String name);
  }

  /** A library with the source's functions, and empty ones for what else the bindings want. */
  private static void build(String library, List<String> sources, Names names) throws Exception {
    String text = sources.isEmpty() ? "" : Files.readString(folder.resolve(sources.get(0)));
    Set<String> wanted = new TreeSet<>();
    for (String binding : BINDINGS) {
      run("nm", "-D", "--undefined-only", binding)
          .lines()
          .map(line -> line.strip().split("[ @]+")[1])
          .filter(names::has)
          .filter(name -> !text.contains(name + "("))
          .forEach(wanted::add);
    }
    String rest =
        wanted.stream()
            .map(name -> "int " + name + "(void) { return 0; }\n")
            .collect(Collectors.joining());
    Path others = Files.writeString(folder.resolve(library + ".rest.c"), rest);
    List<String> words = new ArrayList<>(List.of("gcc", "-shared", "-fPIC", "-w", "-o", library));
    words.addAll(List.of("-Wl,-soname," + library, others.toString()));
    words.addAll(sources);
    run(words.toArray(String[]::new));
  }

  private static String run(String... words) throws Exception {
    Path out = Files.createTempFile(folder, "out", ".txt");
    Process process =
        new ProcessBuilder(words)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).isTrue();
    String said = Files.readString(out, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  /** The calls that the libraries were given, and what {@link NcclBindingCalls} printed. */
  private record Outcome(List<String> calls, String said) {}

  private static Outcome callAll(String fails) throws Exception {
    Path calls = Files.createTempFile(folder, "calls", ".txt");
    Path out = Files.createTempFile(folder, "said", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "-Dai.djl.offline=true",
            "-cp",
            System.getProperty("java.class.path"),
            NcclBindingCalls.class.getName());
    builder.environment().put("LD_LIBRARY_PATH", folder.toString());
    builder.environment().put("STAND_IN_CALLS", calls.toString());
    builder.environment().put("STAND_IN_FAILS", fails);
    Process process = builder.redirectErrorStream(true).redirectOutput(out.toFile()).start();
    assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).isTrue();
    String said = Files.readString(out);
    assertThat(process.exitValue()).as(said).isZero();
    return new Outcome(Files.readAllLines(calls), said);
  }

  @Test
  void everyCallArrivesWithItsArguments() throws Exception {
    Outcome outcome = callAll("");
    // Numbers are those of nccl.h and driver_types.h.
    assertThat(outcome.calls())
        .containsExactly(
            "cudaSetDevice 3",
            "ncclGetUniqueId ",
            "ncclCommInitRank 1 of 2, same id",
            "cudaStreamCreateWithFlags 1",
            "cudaEventCreateWithFlags 2",
            "cudaEventRecord 0xe1 (nil)",
            "cudaStreamWaitEvent 0x51 0xe1 0",
            "ncclAllReduce 0x1000 0x1000 5000000000 type 7 operation 0 0xc0 0x51",
            "ncclAllReduce 0x2000 0x2000 10 type 9 operation 4 0xc0 0x51",
            "ncclBroadcast 0x3000 0x3000 11 type 7 root 1 0xc0 0x51",
            "cudaEventQuery 0xe1",
            "cudaEventQuery 0xe1",
            "ncclCommGetAsyncError 0xc0",
            "ncclCommGetAsyncError 0xc0",
            "cudaEventDestroy 0xe1",
            "ncclCommDestroy 0xc0",
            "ncclCommAbort 0xc0",
            "cudaStreamDestroy 0x51");
    assertThat(outcome.said())
        .contains("over: false, then true", "async: none, then other", "done");
  }

  @Test
  void errorsOfNcclAndCudaAreToldApart() throws Exception {
    assertThat(callAll("ncclAllReduce").said())
        .contains("ncclAllReduce failed: unhandled cuda error; of CUDA: true");
    assertThat(callAll("cudaEventRecord").said())
        .contains("cudaEventRecord failed: illegal address; of CUDA: true");
  }
}
