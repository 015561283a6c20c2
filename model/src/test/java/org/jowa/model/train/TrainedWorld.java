package org.jowa.model.train;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceSource;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.collective.Ranks;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.settings.WorldSettings.Stage1;
import org.jowa.model.settings.WorldSettings.Stage2;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Safetensors;

/**
 * A game small enough to be learned in seconds, and a model that has learned it: a ball falls
 * through a field of 6 x 6 tokens and comes again in the next column but one, a paddle in the last
 * row moves as told, and a ball that it catches is a reward.
 */
public final class TrainedWorld {
  public static final Game GAME = Games.byName("Breakout");
  public static final WorldConfig CONFIG =
      new WorldConfig(2, 2, 32, 32, 1, 8, 4, Dropouts.NONE, true, true, TdLoss.C51, 11, -3, 3);

  private static final int SIDE = 6;
  private static final int TOKENS = SIDE * SIDE;
  private static final int BALL = 6;
  private static final int PADDLE = 7;
  private static final int BATCH = 16;
  private static final int STEPS = 150;

  private TrainedWorld() {}

  /** The game itself; chance is in its beginning alone. */
  public static final class Field {
    private int paddle;
    private int column;
    private int row;

    public Field(long seed) {
      Random chance = new Random(seed);
      paddle = chance.nextInt(SIDE);
      column = chance.nextInt(SIDE);
      row = chance.nextInt(SIDE);
    }

    /**
     * @param action of the full set
     * @return the reward
     */
    public int step(int action) {
      // Right and left of the full set.
      paddle = Math.floorMod(paddle + (action == 3 ? 1 : action == 4 ? -1 : 0), SIDE);
      if (++row < SIDE) {
        return 0;
      }
      int caught = column == paddle ? 1 : 0;
      row = 0;
      column = (column + 2) % SIDE;
      return caught;
    }

    /** [36] what is seen. */
    public int[] tokens() {
      int[] tokens = new int[TOKENS];
      for (int i = 0; i < TOKENS; i++) {
        tokens[i] = (i + i / SIDE) % BALL;
      }
      tokens[SIDE * row + column] = BALL;
      tokens[SIDE * (SIDE - 1) + paddle] = PADDLE;
      return tokens;
    }
  }

  /** Trains a model and reads what its last checkpoint has. */
  public static WorldDecoder train(Path folder) {
    WorldSettings settings =
        new WorldSettings(
                CONFIG,
                BATCH,
                0,
                0.01,
                1,
                20,
                LossSettings.withQ(0.1, 0.9, Penalty.CQL, 0.1, false),
                new Stage1(STEPS, 3e-3),
                new Stage2(STEPS / 2, 1e-3, 1e-3))
            .trainable();
    Ranks.run(
            InProcessCollectives.create(1, Duration.ofMinutes(2)),
            collective -> train(collective, folder, settings))
        .forEach(
            outcome -> {
              if (outcome.error() != null) {
                throw new AssertionError(outcome.error());
              }
            });
    String last =
        folder
            .resolve(String.format(Locale.ROOT, "model/checkpoints/step-%08d", STEPS + STEPS / 2))
            .toString();
    try (Safetensors weights = CheckpointStore.read(last, new Configuration(false)).model()) {
      return WorldDecoder.of(CONFIG, weights::tensor);
    }
  }

  private static TrainResult train(Collective collective, Path folder, WorldSettings settings) {
    return WorldTrainer.run(
        new TrainContext(
            Device.CPU,
            collective,
            ToyTraining.settings(7, 1, 1, 1, true, 1000, 1, 50, 0, 0),
            new RunLayout(folder.toString()),
            new Configuration(false),
            Map.of("dataset", "made up"),
            Optional.empty(),
            new StopSignal(),
            TrainListener.NONE),
        settings,
        WorldData.of(new Played(), Optional.empty()));
  }

  /** Random play. */
  private static final class Played implements SequenceSource {
    @Override
    public SequenceBatch batch(long step) {
      SequenceBatch batch = new SequenceBatch(BATCH, CONFIG.blocks(), TOKENS);
      List<Integer> actions = GAME.minimalActions();
      for (int i = 0; i < BATCH; i++) {
        long sample = step * BATCH + i;
        Random chance = new Random(~sample);
        Field field = new Field(sample);
        batch.sampleIndex[i] = sample;
        batch.games[i] = GAME.id();
        for (int t = 0; t < CONFIG.blocks(); t++) {
          int at = i * CONFIG.blocks() + t;
          System.arraycopy(field.tokens(), 0, batch.tokens, at * TOKENS, TOKENS);
          int action = actions.get(chance.nextInt(actions.size()));
          batch.actions[at] = action;
          batch.rewards[at] = field.step(action);
          batch.mask[at] = 1;
          batch.demonstrations[i] = 1;
        }
      }
      return batch;
    }

    @Override
    public long batches() {
      return STEPS;
    }

    @Override
    public void close() {}
  }
}
