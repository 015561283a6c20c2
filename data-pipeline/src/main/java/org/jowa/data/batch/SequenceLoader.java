package org.jowa.data.batch;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.TokenSet;
import org.jowa.data.dataset.TokenShardReader;
import org.jowa.data.dataset.UnitPlan;
import org.jowa.data.sample.Permutation;
import org.jowa.data.sample.SampleOrder;
import org.jowa.data.sample.Segmentation;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;

/**
 * Serves one rank's share of every global batch of token segments, from memory-mapped token shards.
 * It opens only the lanes of its rank; held-out segments are few and every rank may open all of
 * them. Filling a batch allocates nothing once the shards are open.
 */
public final class SequenceLoader implements SequenceSource {
  private static final int TOKENS_PER_FRAME = 36;

  /** Held-out segments come in one order for ever, whatever the run's seed. */
  private static final long HELD_OUT_KEY = 0;

  private final TokenSet tokens;
  private final SampleOrder order;
  private final long segments;
  private final int globalBatch;
  private final int rank;
  private final int worldSize;
  private final Map<Integer, LaneSegments> lanes = new HashMap<>();
  private final TokenShardReader[] shards;
  private final Prefetcher<SequenceBatch> prefetcher;

  private SequenceLoader(
      Dataset dataset,
      TokenSet tokens,
      Split split,
      Segmentation segmentation,
      long seed,
      int globalBatch,
      int rank,
      int worldSize,
      int prefetch) {
    this.tokens = tokens;
    this.globalBatch = globalBatch;
    this.rank = rank;
    this.worldSize = worldSize;
    this.shards = new TokenShardReader[dataset.manifest().shards().size()];
    if (rank < 0 || rank >= worldSize) {
      throw new IllegalArgumentException("rank " + rank + " of " + worldSize);
    }
    if (split == Split.TRAIN) {
      int[] perLane = segmentsPerLane(dataset, segmentation);
      this.order = SampleOrder.of(seed, perLane);
      order.requireWorldSize(worldSize, globalBatch);
      this.segments = Arrays.stream(perLane).asLongStream().sum();
      for (int lane = rank; lane < perLane.length; lane += worldSize) {
        lanes.put(lane, new LaneSegments(dataset.episodes().lane(lane), segmentation));
      }
    } else {
      LaneSegments heldOut = new LaneSegments(dataset.episodes().heldOut(), segmentation);
      HeldOut.require(heldOut.segments(), dataset);
      HeldOut.requireShares(worldSize, globalBatch);
      this.order = null;
      this.segments = heldOut.segments();
      lanes.put(UnitPlan.HELD_OUT_LANE, heldOut);
    }
    int share = globalBatch / worldSize;
    this.prefetcher =
        new Prefetcher<>(
            "sequence loader " + split + " rank " + rank,
            prefetch,
            () -> new SequenceBatch(share, segmentation.length(), TOKENS_PER_FRAME),
            this::fill);
  }

  /**
   * Opens a loader of training segments (length 8, stride 4, right padding).
   *
   * @param seed of the sample order
   * @param globalBatch sequences in all ranks
   * @param prefetch batches that may be ready ahead
   * @throws UsageException when the world size doesn't divide lanes and batch
   * @throws InvalidInputException when held-out segments are asked for and there are none
   */
  public static SequenceLoader open(
      Dataset dataset,
      TokenSet tokens,
      Split split,
      long seed,
      int globalBatch,
      int rank,
      int worldSize,
      int prefetch) {
    return open(
        dataset,
        tokens,
        split,
        Segmentation.TRAINING,
        seed,
        globalBatch,
        rank,
        worldSize,
        prefetch);
  }

  /** As the other one, with segments of any kind. */
  public static SequenceLoader open(
      Dataset dataset,
      TokenSet tokens,
      Split split,
      Segmentation segmentation,
      long seed,
      int globalBatch,
      int rank,
      int worldSize,
      int prefetch) {
    return new SequenceLoader(
        dataset, tokens, split, segmentation, seed, globalBatch, rank, worldSize, prefetch);
  }

  @Override
  public SequenceBatch batch(long step) {
    return prefetcher.batch(step);
  }

  @Override
  public long segments() {
    return segments;
  }

  @Override
  public long batches() {
    return Math.max(1, segments / globalBatch);
  }

  @Override
  public void close() {
    prefetcher.close();
  }

  private static int[] segmentsPerLane(Dataset dataset, Segmentation segmentation) {
    if (segmentation.equals(Segmentation.TRAINING)) {
      return dataset.segmentsPerLane();
    }
    int[] perLane = new int[dataset.lanes()];
    dataset.episodes().all().stream()
        .filter(episode -> !episode.isHeldOut())
        .forEach(
            episode ->
                perLane[episode.lane()] += segmentation.count(episode.length()) * episode.copies());
    return perLane;
  }

  private void fill(long step, SequenceBatch batch) {
    for (int i = 0; i < batch.size; i++) {
      long k = step * globalBatch + rank + (long) i * worldSize;
      batch.sampleIndex[i] = k;
      if (order == null) {
        long segment = Permutation.apply(HELD_OUT_KEY, segments, k % segments);
        fill(batch, i, lanes.get(UnitPlan.HELD_OUT_LANE), (int) segment);
      } else {
        fill(batch, i, lanes.get(order.lane(k)), (int) order.segment(k));
      }
    }
  }

  private void fill(SequenceBatch batch, int i, LaneSegments lane, int segment) {
    int episode = lane.episode(segment);
    int start = lane.start(segment, episode);
    TokenShardReader shard = shard(lane.shard(episode));
    batch.games[i] = lane.game(episode);
    for (int t = 0; t < batch.steps; t++) {
      int at = i * batch.steps + t;
      int step = start + t;
      if (step >= 0 && step < lane.length(episode)) {
        int row = lane.firstRow(episode) + step;
        shard.tokens(row, batch.tokens, at * TOKENS_PER_FRAME);
        batch.actions[at] = shard.action(row);
        batch.rewards[at] = shard.reward(row);
        batch.ends[at] = (byte) (shard.terminal(row) ? 1 : 0);
        batch.mask[at] = 1;
      } else {
        Arrays.fill(batch.tokens, at * TOKENS_PER_FRAME, (at + 1) * TOKENS_PER_FRAME, 0);
        batch.actions[at] = 0;
        batch.rewards[at] = 0;
        batch.ends[at] = 0;
        batch.mask[at] = 0;
      }
    }
  }

  private TokenShardReader shard(int index) {
    if (shards[index] == null) {
      shards[index] = tokens.open(index);
    }
    return shards[index];
  }
}
