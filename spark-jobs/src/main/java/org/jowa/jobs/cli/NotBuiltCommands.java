package org.jowa.jobs.cli;

import java.util.List;
import org.jowa.error.UsageException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** Commands that have a name already and no work behind it: each says so. */
final class NotBuiltCommands {
  private NotBuiltCommands() {}

  abstract static class NotBuilt extends JobCommand {
    @Parameters(hidden = true)
    private List<String> ignored;

    @Unmatched private List<String> ignoredOptions;

    private final String name;

    NotBuilt(String name) {
      this.name = name;
    }

    @Override
    void check() {
      throw new UsageException(
          name + " is not built yet: bin/jowa --help lists the commands that are");
    }

    @Override
    int run() {
      throw new IllegalStateException("check() lets nobody pass");
    }
  }

  @Command(name = "finetune", description = "Train on for one game (not built yet).")
  static final class FineTune extends NotBuilt {
    FineTune() {
      super("finetune");
    }
  }
}
