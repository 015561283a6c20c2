package org.jowa.jobs.doctor;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jowa.env.ale.AleNatives;
import org.jowa.env.ale.EmulatorJars;
import org.jowa.env.game.Games;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jowa.model.torch.TorchRuntime;

/** Examines this machine, one line for each thing that the jobs need. */
public final class Doctor {
  private static final double GIB = 1L << 30;

  /** The quickstart's needs; training a published model takes far more. */
  private static final double NEEDED_MEMORY_GIB = 6;

  private static final double NEEDED_DISK_GIB = 4;

  private static final String NATIVES = "linux-x86_64 with glibc 2.28 or later is needed";

  private final Optional<Path> romsDir;

  private Doctor(Optional<Path> romsDir) {
    this.romsDir = romsDir;
  }

  /**
   * @param romsDir where the user keeps ROMs, if they said so
   */
  public static Doctor of(Optional<Path> romsDir) {
    return new Doctor(romsDir);
  }

  /**
   * Makes all checks and prints a line for each.
   *
   * @return whether everything needed is there
   */
  public boolean examine(PrintStream out) {
    List<Supplier<Finding>> checks =
        List.of(
            Doctor::java,
            Doctor::cores,
            Doctor::cpuFeatures,
            Doctor::memory,
            Doctor::disk,
            Doctor::torch,
            Doctor::emulator,
            Doctor::pip,
            this::roms);
    boolean healthy = true;
    for (Supplier<Finding> check : checks) {
      Finding finding = check.get();
      out.println(finding);
      healthy &= finding.level() != Finding.Level.MISSING;
    }
    out.println(
        healthy
            ? "This machine can run every command."
            : "Something is missing: see the lines that start with MISSING.");
    return healthy;
  }

  private static Finding java() {
    int feature = Runtime.version().feature();
    String found = Runtime.version() + " at " + System.getProperty("java.home");
    return feature >= 17
        ? Finding.ok("java", found)
        : Finding.missing("java", found, "install a JDK 17 and set JAVA_HOME");
  }

  private static Finding cores() {
    int cores = Runtime.getRuntime().availableProcessors();
    return cores >= 2
        ? Finding.ok("cores", cores + " cores")
        : Finding.warning("cores", "1 core", "two ranks will share it and take twice the time");
  }

  private static Finding cpuFeatures() {
    try {
      Set<String> flags =
          Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
              .filter(line -> line.startsWith("flags"))
              .findFirst()
              .map(line -> Arrays.stream(line.split("\\s+")).collect(Collectors.toSet()))
              .orElse(Set.of());
      String found =
          List.of("avx2", "fma", "avx512f", "avx512_bf16", "amx_tile").stream()
              .filter(flags::contains)
              .collect(Collectors.joining(" "));
      return flags.contains("avx2")
          ? Finding.ok("cpu", found)
          : Finding.warning("cpu", "no AVX2", "torch falls back to slow kernels");
    } catch (IOException e) {
      return Finding.warning("cpu", "/proc/cpuinfo can't be read", "speed can't be foretold");
    }
  }

  private static Finding memory() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    double total = system.getTotalMemorySize() / GIB;
    String found = "%.1f GiB, %.1f GiB unused".formatted(total, system.getFreeMemorySize() / GIB);
    return total >= NEEDED_MEMORY_GIB
        ? Finding.ok("memory", found)
        : Finding.warning(
            "memory", found, "the quickstart wants " + NEEDED_MEMORY_GIB + " GiB; close programs");
  }

  private static Finding disk() {
    Path here = Path.of("").toAbsolutePath();
    try {
      double free = Files.getFileStore(here).getUsableSpace() / GIB;
      String found = "%.1f GiB free at %s".formatted(free, here);
      return free >= NEEDED_DISK_GIB
          ? Finding.ok("disk", found)
          : Finding.missing("disk", found, "free " + NEEDED_DISK_GIB + " GiB");
    } catch (IOException e) {
      return Finding.warning("disk", "free space at " + here + " unknown", e.getMessage());
    }
  }

  private static Finding torch() {
    try {
      TorchRuntime.init();
      return Finding.ok("torch", "libtorch " + TorchRuntime.LIBTORCH_VERSION + " loads");
    } catch (RuntimeException | LinkageError e) {
      return Finding.missing("torch", "natives don't load (" + e.getMessage() + ")", NATIVES);
    }
  }

  /** After torch, which has to be the first native library of a JVM that uses both. */
  private static Finding emulator() {
    try {
      EmulatorJars.requirePresent();
    } catch (UsageException e) {
      return Finding.missing("emulator", "left out (GPL-2)", "add it with deploy/bin/add-ale");
    }
    try {
      AleNatives.init();
      return Finding.ok("emulator", "ALE loads");
    } catch (InvalidInputException | LinkageError e) {
      return Finding.missing("emulator", "ALE does not load (" + e.getMessage() + ")", NATIVES);
    }
  }

  private static Finding pip() {
    for (List<String> command :
        List.of(List.of("pip", "--version"), List.of("pip3", "--version"))) {
      Optional<String> answer = firstLine(command);
      if (answer.isPresent()) {
        return Finding.ok("pip", answer.get());
      }
    }
    return Finding.warning(
        "pip", "not found", "install it, or give ROMs with --roms DIR or ATARI_ROMS");
  }

  private static Optional<String> firstLine(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      boolean done = process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
      return done ? output.lines().findFirst() : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Finding a ROM may fetch all of them, as the first job that plays would do. */
  private Finding roms() {
    try {
      Rom rom = RomLocator.of(romsDir).locate(Games.byName("Pong"));
      return Finding.ok("roms", rom.path().getParent().toString());
    } catch (InvalidInputException e) {
      return Finding.missing("roms", "none for Pong", e.getMessage());
    }
  }
}
