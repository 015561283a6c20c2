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
import java.util.Locale;
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
import org.jowa.error.ReportedException;
import org.jowa.error.UsageException;
import org.jowa.jobs.process.JavaVersions;
import org.jowa.jobs.run.Versions;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.natives.NativeFailure;
import org.jowa.process.FileNames;
import org.jspecify.annotations.Nullable;

/** Examines this machine, one line for each thing that the jobs need. */
public final class Doctor {
  private static final double GIB = 1L << 30;

  /** The quickstart's needs; training a published model takes far more. */
  private static final double NEEDED_MEMORY_GIB = 6;

  private static final double NEEDED_DISK_GIB = 4;

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
    return examine(
        out,
        List.of(
            new Check("java", Doctor::java),
            new Check("cores", Doctor::cores),
            new Check("cpu", Doctor::cpuFeatures),
            new Check("memory", Doctor::memory),
            new Check("disk", Doctor::disk),
            new Check("charset", Doctor::charset),
            new Check("torch", Doctor::torch),
            new Check("emulator", Doctor::emulator),
            new Check("pip", Doctor::pip),
            new Check("roms", this::roms)));
  }

  /**
   * @param subject in case the check fails
   */
  record Check(String subject, Supplier<Finding> check) {
    /** What it found; a check that fails says so, and those after it are made all the same. */
    Finding finding() {
      try {
        return check.get();
      } catch (Exception | LinkageError | AssertionError e) {
        return Finding.missing(subject, "can't be examined", said(e));
      }
    }
  }

  static boolean examine(PrintStream out, List<Check> checks) {
    boolean healthy = true;
    for (Check check : checks) {
      Finding finding = check.finding();
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
    return java(Versions.spark(), Runtime.version().feature());
  }

  static Finding java(String spark, int feature) {
    String found = Runtime.version() + " at " + System.getProperty("java.home");
    String needs = "Spark " + spark + " runs on " + JavaVersions.wanted(spark);
    return JavaVersions.fit(spark, feature)
        ? Finding.ok("java", found + "; " + needs)
        : Finding.missing("java", found, needs + ": install one and set JAVA_HOME to it");
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
    String found =
        String.format(
            Locale.ROOT, "%.1f GiB, %.1f GiB unused", total, system.getFreeMemorySize() / GIB);
    return total >= NEEDED_MEMORY_GIB
        ? Finding.ok("memory", found)
        : Finding.warning(
            "memory", found, "the quickstart wants " + NEEDED_MEMORY_GIB + " GiB; close programs");
  }

  private static Finding disk() {
    Path here = Path.of("").toAbsolutePath();
    try {
      double free = Files.getFileStore(here).getUsableSpace() / GIB;
      String found = String.format(Locale.ROOT, "%.1f GiB free at %s", free, here);
      return free >= NEEDED_DISK_GIB
          ? Finding.ok("disk", found)
          : Finding.missing("disk", found, "free " + NEEDED_DISK_GIB + " GiB");
    } catch (IOException e) {
      return Finding.warning("disk", "free space at " + here + " unknown", e.getMessage());
    }
  }

  /** Java takes the character set of file names over from the locale. */
  private static Finding charset() {
    String found = System.getProperty("sun.jnu.encoding") + " in names of files";
    return FileNames.isUsable("\u00fc\u65e5")
        ? Finding.ok("charset", found)
        : Finding.warning(
            "charset", found, "paths have to be ASCII; LC_ALL=C.UTF-8 allows all characters");
  }

  private static Finding torch() {
    try {
      TorchRuntime.init();
      return Finding.ok("torch", "libtorch " + TorchRuntime.LIBTORCH_VERSION + " loads");
    } catch (RuntimeException | LinkageError e) {
      return Finding.missing("torch", "doesn't load", said(e));
    }
  }

  /** A mistake says what to do; of anything else the innermost reason is shown. */
  private static @Nullable String said(Throwable e) {
    return e instanceof ReportedException ? e.getMessage() : NativeFailure.reason(e);
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
    } catch (RuntimeException | LinkageError e) {
      return Finding.missing("emulator", "ALE doesn't load", said(e));
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
      return Finding.ok("roms", String.valueOf(rom.path().getParent()));
    } catch (InvalidInputException e) {
      return Finding.missing("roms", "none for Pong", e.getMessage());
    }
  }
}
