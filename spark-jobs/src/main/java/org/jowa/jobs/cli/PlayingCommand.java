package org.jowa.jobs.cli;

import picocli.CommandLine.Mixin;

/** A command by which a trained model plays. */
abstract class PlayingCommand extends JobCommand {
  @Mixin PlayOptions play;

  @Override
  final boolean playsGames() {
    return true;
  }

  @Override
  final int threadsPerTask() {
    return play.threads();
  }
}
