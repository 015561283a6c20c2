package org.jowa.jobs.cli;

import java.nio.file.Path;
import org.jowa.jobs.parity.Parity;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "parity",
    description =
        "Compare our numbers with the reference implementation's, case by case. What needs a ROM"
            + " is skipped without one.")
final class ParityCommand extends JobCommand {
  @Option(
      names = "--golden",
      paramLabel = "DIR",
      description = "Folder of golden vectors (default: the project's own copy).")
  private Path golden;

  @Mixin private RomsOption roms;

  @Override
  boolean needsSpark() {
    return false;
  }

  @Override
  int run() {
    Path home = Path.of(System.getProperty("jowa.home", ""));
    Path folder = golden != null ? golden : home.resolve("integration-tests/golden");
    return Parity.of(folder, roms.folder()).run(System.out) ? CommandLines.OK : CommandLines.FAILED;
  }
}
