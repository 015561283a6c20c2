package org.jowa.jobs.cli;

import picocli.CommandLine.Mixin;

/** A command that trains on ranks. */
abstract class TrainingCommand extends JobCommand {
  @Mixin TrainingOptions options;

  @Override
  final int ranks() {
    return options.ranks();
  }

  @Override
  final int threadsPerTask() {
    return options.threads();
  }
}
