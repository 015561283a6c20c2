package org.jowa.jobs.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.jowa.jobs.doctor.Doctor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "doctor",
    description = "Check this machine and say what is missing and what to do about it.")
final class DoctorCommand extends JobCommand {
  @Option(
      names = "--roms",
      paramLabel = "DIR",
      description = "Folder of ROMs (default: ATARI_ROMS, else fetched with pip when needed).")
  private Optional<Path> roms;

  @Override
  boolean needsSpark() {
    return false;
  }

  @Override
  boolean examinesMachine() {
    return true;
  }

  @Override
  int run() {
    return Doctor.of(roms).examine(System.out) ? CommandLines.OK : CommandLines.FAILED;
  }
}
