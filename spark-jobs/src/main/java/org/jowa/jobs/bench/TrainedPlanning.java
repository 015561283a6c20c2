package org.jowa.jobs.bench;

import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.env.game.Game;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.evaluate.SeenContexts;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.Safetensors;

/**
 * A run's newest model, and contexts as it meets them in play: the last blocks of episodes that a
 * random player has gone through for a while.
 *
 * @param contexts [environments][37 n - 1] tokens, with room for a plan of two steps
 */
record TrainedPlanning(WorldDecoder decoder, int[][] contexts) implements AutoCloseable {
  private static final int HORIZON = 2;

  static TrainedPlanning of(String folder, Game game, int environments, Optional<Path> roms) {
    Configuration hadoop = new Configuration();
    RunFolder run = RunFolder.at(folder, hadoop);
    Config config = run.requireConfig("give the folder of a trained run");
    TrainedTokenizer trained = TrainedTokenizer.of(run.tokenizer());
    WorldConfig model = config.settings().world().withCodes(trained.codebookSize()).model();
    Rom rom = RomLocator.of(roms).locate(game);
    int[][] contexts;
    try (FrameTokenizer tokenizer = trained.load(hadoop)) {
      contexts = SeenContexts.of(rom, tokenizer, environments, model.blocks() - HORIZON);
    }
    try (Safetensors weights = run.model().model()) {
      return new TrainedPlanning(WorldDecoder.of(model, weights::tensor), contexts);
    }
  }

  @Override
  public void close() {
    decoder.close();
  }
}
