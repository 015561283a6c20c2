package org.jowa.data.batch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Shard;
import org.jowa.data.sample.FrameOrder;
import org.jowa.env.game.Games;
import org.jspecify.annotations.Nullable;

/** The decoded window of one lane: the frames that its order is taking at the moment. */
final class LaneFrames implements AutoCloseable {
  private final Dataset dataset;
  private final FrameOrder order;
  private final int orderLane;
  private final List<Shard> shards;
  private final int[] games;

  /** Rows of all shards up to and with this one. */
  private final int[] cumulative;

  private final ByteBuffer frames;
  private final int[] gameOfSlot;
  private long window = -1;
  private @Nullable FrameShardReader reader;
  private int readerShard = -1;

  /**
   * @param lane of the data set
   * @param orderLane the same lane as the order counts it
   */
  LaneFrames(Dataset dataset, int lane, FrameOrder order, int orderLane) {
    this.dataset = dataset;
    this.order = order;
    this.orderLane = orderLane;
    this.shards = new ArrayList<>();
    for (Shard shard : dataset.manifest().shards()) {
      if (shard.lane() == lane) {
        shards.add(shard);
      }
    }
    this.games = shards.stream().mapToInt(shard -> Games.byName(shard.game()).id()).toArray();
    this.cumulative = shards.stream().mapToInt(Shard::rows).toArray();
    Arrays.parallelPrefix(cumulative, Integer::sum);
    int slots = order.windowSize(orderLane, 0);
    this.frames = ByteBuffer.allocateDirect(Math.multiplyExact(slots, FrameBatch.FRAME_BYTES));
    this.gameOfSlot = new int[slots];
  }

  /** Copies the frame at a place of the lane's order; returns its game. */
  int copy(long place, ByteBuffer into, int position) {
    long needed = order.window(orderLane, place);
    if (needed != window) {
      window = -1;
      load(needed);
      window = needed;
    }
    int slot = order.slot(orderLane, place);
    into.put(position, frames, slot * FrameBatch.FRAME_BYTES, FrameBatch.FRAME_BYTES);
    return gameOfSlot[slot];
  }

  private void load(long needed) {
    int size = order.windowSize(orderLane, needed);
    int chunks = (size + FrameOrder.CHUNK - 1) / FrameOrder.CHUNK;
    // In the order of the files, so that no record batch is inflated more often than it has to be.
    IntStream.range(0, chunks)
        .boxed()
        .sorted(Comparator.comparingLong(chunk -> order.windowChunkStart(orderLane, needed, chunk)))
        .forEach(
            chunk -> {
              int slot = chunk * FrameOrder.CHUNK;
              int first = (int) order.windowChunkStart(orderLane, needed, chunk);
              read(first, Math.min(FrameOrder.CHUNK, size - slot), slot);
            });
  }

  private void read(int firstFrame, int count, int firstSlot) {
    int frame = firstFrame;
    int slot = firstSlot;
    int left = count;
    while (left > 0) {
      int found = Arrays.binarySearch(cumulative, frame + 1);
      int shard = found >= 0 ? found : -found - 1;
      int run = Math.min(left, cumulative[shard] - frame);
      int row = frame - (cumulative[shard] - shards.get(shard).rows());
      open(shard).frames(row, run, frames, slot * FrameBatch.FRAME_BYTES);
      Arrays.fill(gameOfSlot, slot, slot + run, games[shard]);
      frame += run;
      slot += run;
      left -= run;
    }
  }

  private FrameShardReader open(int shard) {
    if (reader == null || readerShard != shard) {
      close();
      reader = dataset.openFrames(shards.get(shard));
      readerShard = shard;
    }
    return reader;
  }

  @Override
  public void close() {
    if (reader != null) {
      reader.close();
      reader = null;
      readerShard = -1;
    }
  }
}
