package org.jowa.data.batch;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.StepColumns;

/** Rows of frame shards: each segment inflates the record batches that it lies in. */
final class FrameRows implements SegmentRows {
  /** Shards that stay open, each with an inflated record batch of less than 2 MiB. */
  private static final int OPEN = 32;

  private final Dataset dataset;

  /** By place in the manifest, the one that was used last at the end. */
  private final Map<Integer, FrameShardReader> shards =
      new LinkedHashMap<>(OPEN, 0.75f, /* accessOrder= */ true);

  FrameRows(Dataset dataset) {
    this.dataset = dataset;
  }

  @Override
  public SequenceBatch batch(int size, int steps) {
    return SequenceBatch.ofFrames(size, steps, StepColumns.TOKENS_PER_FRAME);
  }

  @Override
  public void read(int shard, int firstRow, int count, SequenceBatch batch, int at) {
    shard(shard).steps(firstRow, count, batch.frames, batch.arrays, at);
  }

  @Override
  public float reward(int shard, int row) {
    return shard(shard).reward(row);
  }

  @Override
  public void pad(SequenceBatch batch, int from, int to) {
    for (int at = from * FrameBatch.FRAME_BYTES; at < to * FrameBatch.FRAME_BYTES; at++) {
      batch.frames.put(at, (byte) 0);
    }
  }

  private FrameShardReader shard(int number) {
    FrameShardReader open = shards.get(number);
    if (open == null) {
      if (shards.size() == OPEN) {
        shards.remove(shards.keySet().iterator().next()).close();
      }
      open = dataset.openFrames(dataset.manifest().shards().get(number));
      shards.put(number, open);
    }
    return open;
  }

  @Override
  public void close() {
    shards.values().forEach(FrameShardReader::close);
    shards.clear();
  }
}
