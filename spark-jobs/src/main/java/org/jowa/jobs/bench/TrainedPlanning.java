package org.jowa.jobs.bench;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.env.AtariEnv;
import org.jowa.env.game.Game;
import org.jowa.env.policy.Policies;
import org.jowa.env.policy.Policy;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.config.ModelSettings;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldConfig;

/**
 * A run's newest model, and contexts as it meets them in play: the last blocks of episodes that a
 * random player has gone through for a while.
 *
 * @param contexts [environments][37 n - 1] tokens, with room for a plan of two steps
 */
record TrainedPlanning(WorldDecoder decoder, int[][] contexts) implements AutoCloseable {
  private static final int SIDE = 84;

  /** Steps before the context; every environment plays some more than the one before it. */
  private static final int STEPS = 40;

  private static final int HORIZON = 2;

  static TrainedPlanning of(String folder, Game game, int environments, Optional<Path> roms) {
    Configuration hadoop = new Configuration();
    RunFolder run = RunFolder.at(folder, hadoop);
    Config config =
        run.config()
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "No run in %s (config.yaml is missing): give the folder of a trained run"
                            .formatted(folder)));
    TrainedTokenizer trained = TrainedTokenizer.of(run.tokenizer());
    WorldConfig model = ModelSettings.worldModel(config, trained.codebookSize());
    Rom rom = RomLocator.of(roms).locate(game);
    int[][] contexts = new int[environments][];
    try (FrameTokenizer tokenizer = trained.load(hadoop)) {
      for (int i = 0; i < environments; i++) {
        contexts[i] = context(rom, tokenizer, STEPS + 7 * i, i, model.blocks() - HORIZON);
      }
    }
    try (Safetensors weights = run.model().model()) {
      return new TrainedPlanning(WorldDecoder.of(model, weights::tensor), contexts);
    }
  }

  private static int[] context(
      Rom rom, FrameTokenizer tokenizer, int before, int seed, int blocks) {
    Policy policy = Policies.byName("random");
    SplittableRandom chance = new SplittableRandom(seed);
    int[] context = new int[blocks * WorldConfig.BLOCK_TOKENS - 1];
    ByteBuffer frame = ByteBuffer.allocateDirect(AtariEnv.OBSERVATION_BYTES);
    byte[] pixels = new byte[AtariEnv.OBSERVATION_BYTES];
    try (AtariEnv env = AtariEnv.create(rom, 0, seed)) {
      for (int step = -before; step < blocks; step++) {
        if (env.isOver()) {
          env.reset();
        }
        int action = policy.act(env, chance);
        if (step >= 0) {
          env.observation(pixels, 0);
          frame.put(0, pixels);
          int at = step * WorldConfig.BLOCK_TOKENS;
          try (StepScope scope = StepScope.inference()) {
            long[] tokens =
                Tensors.longs(tokenizer.tokens(Tensors.of(ScalarType.Byte, frame, 1, SIDE, SIDE)));
            for (int i = 0; i < tokens.length; i++) {
              context[at + i] = (int) tokens[i];
            }
          }
          if (step < blocks - 1) {
            context[at + WorldConfig.ACTION_OFFSET] = action;
          }
        }
        env.step(action);
      }
    }
    return context;
  }

  @Override
  public void close() {
    decoder.close();
  }
}
