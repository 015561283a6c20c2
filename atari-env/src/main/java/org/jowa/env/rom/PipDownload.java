package org.jowa.env.rom;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jowa.error.InvalidInputException;

/** Has pip download a package's wheel; nothing is installed and no Python code runs. */
final class PipDownload {
  private static final List<List<String>> PIPS =
      List.of(List.of("pip"), List.of("pip3"), List.of("python3", "-m", "pip"));
  // The ROMs are the same in every wheel of a version, so one may be named that exists for certain
  // when there is none for the Python at hand.
  private static final List<String> ANY_PYTHON =
      List.of("--only-binary=:all:", "--python-version=3.11", "--platform=manylinux_2_28_x86_64");
  private static final long TIMEOUT_MINUTES = 10;
  private static final String MEND =
      "; check the network, or give a folder of ROMs with --roms or ATARI_ROMS";

  private final String requirement;
  private final List<List<String>> pips;

  private PipDownload(String requirement, List<List<String>> pips) {
    this.requirement = requirement;
    this.pips = pips;
  }

  /** The package that carries the ROMs, in the version that our results were checked against. */
  static PipDownload ofAlePy() {
    return new PipDownload("ale-py==0.12.1", PIPS);
  }

  /**
   * @param pips commands to try, the first that can be started serves
   */
  static PipDownload of(String requirement, List<List<String>> pips) {
    return new PipDownload(requirement, pips);
  }

  /** {@code ale-py-0.12.1}: a folder name for what is downloaded. */
  String id() {
    return requirement.replace("==", "-");
  }

  /**
   * Downloads the wheel.
   *
   * @return the wheel's file in the folder
   * @throws InvalidInputException if pip is missing or fails
   */
  Path to(Path folder) {
    for (List<String> pip : pips) {
      List<String> command = new ArrayList<>(pip);
      command.addAll(List.of("download", "--no-deps", "--disable-pip-version-check", "-q", "-d"));
      command.add(folder.toString());
      command.add(requirement);
      try {
        if (run(command, folder) != 0) {
          command.addAll(ANY_PYTHON);
          if (run(command, folder) != 0) {
            throw failed("pip failed: " + lastError(folder));
          }
        }
      } catch (IOException notThere) {
        continue;
      }
      return wheel(folder);
    }
    throw failed("pip was not found on the PATH");
  }

  private int run(List<String> command, Path folder) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log(folder).toFile())
            .start();
    try {
      if (process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
        return process.exitValue();
      }
      throw failed("pip took more than " + TIMEOUT_MINUTES + " minutes");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("interrupted");
    } finally {
      process.destroyForcibly();
    }
  }

  private Path wheel(Path folder) {
    try (DirectoryStream<Path> wheels = Files.newDirectoryStream(folder, "*.whl")) {
      for (Path wheel : wheels) {
        return wheel;
      }
    } catch (IOException e) {
      throw failed(e.toString());
    }
    throw failed("pip downloaded no wheel");
  }

  private static String lastError(Path folder) {
    try {
      String last = "it gave no reason";
      for (String line : Files.readAllLines(log(folder))) {
        if (line.startsWith("ERROR")) {
          last = line;
        }
      }
      return last;
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static Path log(Path folder) {
    return folder.resolve("pip.log");
  }

  private InvalidInputException failed(String reason) {
    return new InvalidInputException(
        "Cannot fetch ROMs from the Python package %s: %s%s".formatted(requirement, reason, MEND));
  }
}
