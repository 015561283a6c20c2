package org.jowa.jobs.cli;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where ROMs are, for every command that plays. */
final class RomsOption {
  @Option(
      names = "--roms",
      paramLabel = "DIR",
      description = "Folder of ROMs (default: ATARI_ROMS, else fetched with pip).")
  private Optional<Path> folder;

  Optional<Path> folder() {
    return folder;
  }
}
