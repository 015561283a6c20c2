package org.jowa.jobs.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Memory of this process as the kernel and a container's limit count it, native memory included;
 * zeros where the system doesn't tell.
 *
 * @param residentMib now, in MiB
 * @param peakMib the most so far, in MiB
 */
public record ResidentMemory(long residentMib, long peakMib) {
  private static final Path STATUS = Path.of("/proc/self/status");

  /** Asks the system. */
  public static ResidentMemory now() {
    try {
      List<String> lines = Files.readAllLines(STATUS);
      return new ResidentMemory(mib(lines, "VmRSS:"), mib(lines, "VmHWM:"));
    } catch (IOException e) {
      return new ResidentMemory(0, 0);
    }
  }

  private static long mib(List<String> lines, String field) {
    return lines.stream()
        .filter(line -> line.startsWith(field))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElse(0);
  }
}
