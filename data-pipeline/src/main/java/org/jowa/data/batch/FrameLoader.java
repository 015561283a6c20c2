package org.jowa.data.batch;

import java.util.Arrays;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Shard;
import org.jowa.data.sample.FrameOrder;
import org.jowa.data.sample.Lanes;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;

/**
 * Serves one rank's share of every global batch of single frames, for the tokenizer. Each of its
 * lanes keeps one window of decoded frames (see {@link FrameOrder}): all lanes of a data set
 * together take at most 231 MB of direct memory, whatever the data set's size.
 */
public final class FrameLoader implements FrameSource {
  /** Held-out frames come in one order for ever, whatever the run's seed. */
  private static final long HELD_OUT_SEED = 0;

  private final FrameOrder order;
  private final boolean heldOut;
  private final long frames;
  private final int globalBatch;
  private final int rank;
  private final int worldSize;
  private final LaneFrames[] lanes;
  private final Prefetcher<FrameBatch> prefetcher;

  private FrameLoader(
      Dataset dataset,
      Split split,
      long seed,
      int globalBatch,
      int rank,
      int worldSize,
      int prefetch) {
    this.globalBatch = globalBatch;
    this.rank = rank;
    this.worldSize = worldSize;
    this.heldOut = split == Split.HELD_OUT;
    if (rank < 0 || rank >= worldSize) {
      throw new IllegalArgumentException("rank " + rank + " of " + worldSize);
    }
    if (heldOut) {
      int rows = dataset.manifest().heldOut().rows();
      HeldOut.require(rows, dataset);
      Lanes.requireShares(worldSize, globalBatch);
      this.frames = rows;
      this.order = FrameOrder.of(HELD_OUT_SEED, new int[] {rows});
      this.lanes = new LaneFrames[] {new LaneFrames(dataset, Shard.HELD_OUT_LANE, order, 0)};
    } else {
      int[] perLane = dataset.framesPerLane();
      this.frames = Arrays.stream(perLane).asLongStream().sum();
      this.order = FrameOrder.of(seed, perLane);
      order.requireWorldSize(worldSize, globalBatch);
      this.lanes = new LaneFrames[perLane.length];
      for (int lane = rank; lane < perLane.length; lane += worldSize) {
        lanes[lane] = new LaneFrames(dataset, lane, order, lane);
      }
    }
    int share = globalBatch / worldSize;
    this.prefetcher =
        new Prefetcher<>(
            "frame loader " + split + " rank " + rank,
            prefetch,
            () -> new FrameBatch(share),
            this::fill);
  }

  /**
   * @param seed of the frame order
   * @param globalBatch frames in all ranks
   * @param prefetch batches that may be ready ahead
   * @throws UsageException when the world size doesn't divide lanes and batch
   * @throws InvalidInputException when held-out frames are asked for and there are none
   */
  public static FrameLoader open(
      Dataset dataset,
      Split split,
      long seed,
      int globalBatch,
      int rank,
      int worldSize,
      int prefetch) {
    return new FrameLoader(dataset, split, seed, globalBatch, rank, worldSize, prefetch);
  }

  @Override
  public FrameBatch batch(long step) {
    return prefetcher.batch(step);
  }

  @Override
  public long batches() {
    return Math.max(1, frames / globalBatch);
  }

  @Override
  public void close() {
    prefetcher.close();
    for (LaneFrames lane : lanes) {
      if (lane != null) {
        lane.close();
      }
    }
  }

  private void fill(long step, FrameBatch batch) {
    for (int i = 0; i < batch.size; i++) {
      long k = step * globalBatch + rank + (long) i * worldSize;
      batch.sampleIndex[i] = k;
      long place = heldOut ? k % frames : order.place(k);
      LaneFrames lane = lanes[order.lane(k)];
      batch.games[i] = lane.copy(place, batch.frames, i * FrameBatch.FRAME_BYTES);
    }
  }
}
