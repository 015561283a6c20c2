package org.jowa.model.bench;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import org.jowa.model.collective.Collective;
import org.jowa.model.loss.LossCounts;
import org.jowa.model.loss.LossSums;
import org.jowa.model.loss.WorldObjective;
import org.jowa.model.optim.AdamW;
import org.jowa.model.optim.GroupSettings;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.jowa.model.world.WorldFlops;

/**
 * Whole training steps of stage 2 on a random batch, for measuring: masks, forward, losses,
 * backward, clipping, AdamW.
 */
public final class RandomTrainingStep implements AutoCloseable {
  private static final int STEPS = 8;
  private static final int GAME = 43;
  private static final double RATE = 1e-4;
  private static final double DECAY = 0.01;

  private final WorldActionModel model;
  private final AdamW optimizer;
  private final WorldBatch batch;
  private final LossSettings settings = LossSettings.withQ(0.1, 0.99, Penalty.CQL, 0.1, false);
  private final LossCounts counts;
  private final Optional<Collective> ranks;
  private long step;

  private RandomTrainingStep(
      WorldConfig config, int sequences, long seed, Compute compute, Optional<Collective> ranks) {
    model = WorldActionModel.create(config, seed, compute);
    GroupSettings decayed = new GroupSettings(RATE, DECAY);
    optimizer =
        AdamW.of(
            model.parameters(),
            Map.of(
                ParameterGroup.DECAY,
                decayed,
                ParameterGroup.NO_DECAY,
                new GroupSettings(RATE, 0),
                ParameterGroup.Q,
                decayed));
    WorldBatch whole = random(config, sequences, seed);
    counts = LossCounts.of(whole, config);
    batch = ranks.map(group -> part(whole, group.rank(), group.worldSize())).orElse(whole);
    this.ranks = ranks;
  }

  private static WorldBatch part(WorldBatch whole, int rank, int worldSize) {
    return whole.rows(whole.size() * rank / worldSize, whole.size() * (rank + 1) / worldSize);
  }

  /**
   * @param sequences in a batch, 8 steps each without padding
   * @param seed of weights and batch
   * @param compute where and in which precision
   */
  public static RandomTrainingStep of(
      WorldConfig config, int sequences, long seed, Compute compute) {
    return new RandomTrainingStep(config, sequences, seed, compute, Optional.empty());
  }

  /**
   * One rank's part of the same steps: its part of the batch, and gradients summed over all ranks.
   *
   * @param sequences in the batch of all ranks together, at least one for each
   * @param ranks takes tensors where {@code compute} has them
   */
  public static RandomTrainingStep ofRank(
      WorldConfig config, int sequences, long seed, Compute compute, Collective ranks) {
    return new RandomTrainingStep(config, sequences, seed, compute, Optional.of(ranks));
  }

  /** Runs one step and gives the total loss of the whole batch before it. */
  public double run() {
    model.parameters().zeroGradients();
    DropoutKey key = new DropoutKey(0, step++);
    LossSums sums = WorldObjective.accumulate(model, batch, settings, counts, key);
    ranks.ifPresent(
        group -> {
          group.allReduceSum(model.parameters().gradients());
          group.allReduceSum(sums.values());
        });
    optimizer.step(1.0);
    return sums.losses(settings).total();
  }

  /** Weights and gradients. */
  public FlatParameters parameters() {
    return model.parameters();
  }

  /** Moments and counts of steps. */
  public AdamW optimizer() {
    return optimizer;
  }

  /** Operations of the matrix products of one step of this rank. */
  public long flops() {
    return WorldFlops.perStep(model.config(), batch.size(), batch.steps());
  }

  private static WorldBatch random(WorldConfig config, int sequences, long seed) {
    Random random = new Random(seed);
    int positions = sequences * STEPS;
    WorldBatch batch =
        new WorldBatch(
            sequences,
            STEPS,
            sequences,
            LongStream.range(0, sequences).toArray(),
            new int[sequences],
            random
                .ints((long) positions * WorldConfig.FRAME_TOKENS, 0, config.codebookSize())
                .toArray(),
            random.ints(positions, 0, WorldConfig.ACTIONS).toArray(),
            new float[positions],
            new byte[positions],
            new byte[positions]);
    Arrays.fill(batch.games(), GAME);
    Arrays.fill(batch.mask(), (byte) 1);
    for (int i = 0; i < positions; i++) {
      batch.rewards()[i] = random.nextInt(3) - 1;
    }
    return batch;
  }

  @Override
  public void close() {
    optimizer.close();
    model.close();
  }
}
