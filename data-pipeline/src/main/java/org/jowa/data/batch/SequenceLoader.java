package org.jowa.data.batch;

import java.util.Arrays;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.sample.Lanes;
import org.jowa.data.tokens.TokenSet;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;

/**
 * Serves one rank's share of every global batch of segments, from memory-mapped token shards or,
 * with their frames in place of tokens, from frame shards. It opens only the lanes of its rank;
 * held-out segments are few and every rank may open all of them.
 */
public final class SequenceLoader implements SequenceSource {
  /** A reward of this share of a return is none. */
  private static final double LEAST_WEIGHT = 1e-4;

  private final SegmentIndex index;
  private final int globalBatch;
  private final int rank;
  private final int worldSize;
  private final SegmentRows rows;
  private final double returnDiscount;
  private final Prefetcher<SequenceBatch> prefetcher;

  private SequenceLoader(
      Dataset dataset,
      SegmentRows rows,
      Split split,
      SequenceOptions options,
      long seed,
      int globalBatch,
      int rank,
      int worldSize,
      int prefetch) {
    this.globalBatch = globalBatch;
    this.rank = rank;
    this.worldSize = worldSize;
    this.rows = rows;
    if (rank < 0 || rank >= worldSize) {
      throw new IllegalArgumentException("rank " + rank + " of " + worldSize);
    }
    if (split == Split.TRAIN) {
      this.index = SegmentIndex.train(dataset, options, seed, globalBatch, rank, worldSize);
    } else {
      this.index = SegmentIndex.heldOut(dataset, options);
      HeldOut.require(index.segments(), dataset);
      Lanes.requireShares(worldSize, globalBatch);
    }
    this.returnDiscount = options.returnDiscount();
    int share = globalBatch / worldSize;
    this.prefetcher =
        new Prefetcher<>(
            "sequence loader " + split + " rank " + rank,
            prefetch,
            () -> rows.batch(share, options.segmentation().length()),
            this::fill);
  }

  /**
   * Opens a loader of segments.
   *
   * @param options what segments, in what mix
   * @param seed of the sample order
   * @param globalBatch sequences in all ranks
   * @param prefetch batches that may be ready ahead
   * @throws UsageException when the world size doesn't divide lanes and batch, or the lanes can't
   *     give the mix
   * @throws InvalidInputException when held-out segments are asked for and there are none
   */
  public static SequenceLoader open(
      Dataset dataset,
      TokenSet tokens,
      Split split,
      SequenceOptions options,
      long seed,
      int globalBatch,
      int rank,
      int worldSize,
      int prefetch) {
    SegmentRows rows = new TokenRows(dataset, tokens, options.mappedBytes());
    return new SequenceLoader(
        dataset, rows, split, options, seed, globalBatch, rank, worldSize, prefetch);
  }

  /**
   * The same segments in the same order with their frames, for a tokenizer that changes meanwhile.
   * Filling a batch inflates record batches of frames, a millisecond and more for each segment.
   *
   * @throws UsageException as {@link #open}
   * @throws InvalidInputException likewise
   */
  public static SequenceLoader ofFrames(
      Dataset dataset,
      Split split,
      SequenceOptions options,
      long seed,
      int globalBatch,
      int rank,
      int worldSize,
      int prefetch) {
    return new SequenceLoader(
        dataset,
        new FrameRows(dataset),
        split,
        options,
        seed,
        globalBatch,
        rank,
        worldSize,
        prefetch);
  }

  /** Whether the data set has held-out episodes of the games that the options ask for. */
  public static boolean hasHeldOut(Dataset dataset, SequenceOptions options) {
    return !SegmentIndex.heldOutEpisodes(dataset, options).isEmpty();
  }

  @Override
  public SequenceBatch batch(long step) {
    return prefetcher.batch(step);
  }

  @Override
  public long batches() {
    return Math.max(1, index.segments() / globalBatch);
  }

  @Override
  public void close() {
    prefetcher.close();
    rows.close();
  }

  private void fill(long step, SequenceBatch batch) {
    for (int i = 0; i < batch.size; i++) {
      long k = step * globalBatch + rank + (long) i * worldSize;
      batch.sampleIndex[i] = k;
      fill(batch, i, index.group(k), index.segment(k));
    }
  }

  private void fill(SequenceBatch batch, int i, LaneSegments lane, int segment) {
    int episode = lane.episode(segment);
    int start = lane.start(segment, episode);
    batch.games[i] = lane.game(episode);
    batch.demonstrations[i] = (byte) (lane.isDemonstration(episode) ? 1 : 0);
    int first = Math.max(0, -start);
    int end = Math.min(batch.steps, lane.length(episode) - start);
    int at = i * batch.steps;
    pad(batch, at, at + first);
    int firstRow = lane.firstRow(episode) + start + first;
    rows.read(lane.shard(episode), firstRow, end - first, batch, at + first);
    Arrays.fill(batch.mask, at + first, at + end, (byte) 1);
    if (!Double.isNaN(returnDiscount)) {
      addReturns(batch, at, first, end, lane, episode, start);
    }
    pad(batch, at + end, at + batch.steps);
  }

  /** Reads the rewards that follow until the discount leaves nothing of them. */
  private void addReturns(
      SequenceBatch batch, int at, int first, int end, LaneSegments lane, int episode, int start) {
    int length = lane.length(episode);
    double weight = 1;
    double later = 0;
    for (int step = start + end; step < length && weight > LEAST_WEIGHT; step++) {
      later += weight * rows.reward(lane.shard(episode), lane.firstRow(episode) + step);
      weight *= returnDiscount;
    }
    for (int step = end - 1; step >= first; step--) {
      later = batch.rewards[at + step] + returnDiscount * later;
      batch.returns[at + step] = (float) later;
    }
  }

  /** Zeros from one step of the batch to before another (spec 5.3). */
  private void pad(SequenceBatch batch, int from, int to) {
    rows.pad(batch, from, to);
    Arrays.fill(batch.actions, from, to, 0);
    Arrays.fill(batch.rewards, from, to, 0);
    Arrays.fill(batch.ends, from, to, (byte) 0);
    Arrays.fill(batch.mask, from, to, (byte) 0);
    Arrays.fill(batch.returns, from, to, Float.NaN);
  }
}
