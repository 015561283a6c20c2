package org.jowa.data.dataset;

import java.nio.ByteBuffer;
import java.util.List;
import org.jowa.error.InvalidInputException;

/**
 * Frames of one game, spread evenly over its stored rows: a function of the manifest, the same
 * whoever reads which shard.
 */
public final class FrameSample {
  private final Dataset dataset;
  private final List<Shard> shards;
  private final long rows;
  private final long size;

  private FrameSample(Dataset dataset, List<Shard> shards, int most) {
    this.dataset = dataset;
    this.shards = shards;
    this.rows = shards.stream().mapToLong(Shard::rows).sum();
    this.size = Math.min(most, rows);
  }

  /** At most so many frames of a game's training episodes. */
  public static FrameSample training(Dataset dataset, String game, int most) {
    return of(dataset, game, false, most);
  }

  /**
   * At most so many frames of a game's held-out episodes.
   *
   * @throws InvalidInputException if the game has none
   */
  public static FrameSample heldOut(Dataset dataset, String game, int most) {
    FrameSample sample = of(dataset, game, true, most);
    if (sample.size == 0) {
      throw new InvalidInputException(
          "The data set %s has no held-out episodes of %s: ingest more of its steps, or with a larger --held-out."
              .formatted(dataset.storage(), game));
    }
    return sample;
  }

  private static FrameSample of(Dataset dataset, String game, boolean heldOut, int most) {
    return new FrameSample(
        dataset,
        dataset.manifest().shards().stream()
            .filter(shard -> shard.game().equals(game) && shard.isHeldOut() == heldOut)
            .toList(),
        most);
  }

  /** Receives the frames of a sample. */
  @FunctionalInterface
  public interface Consumer {
    /**
     * @param frame 84 x 84 bytes, which the next call overwrites
     */
    void accept(byte[] frame);
  }

  /** Frames in the sample. */
  public int size() {
    return (int) size;
  }

  /** The shards that the frames lie in, which may be read apart, in any order. */
  public List<Shard> shards() {
    return shards;
  }

  /** Reads all frames in their order. */
  public void forEach(Consumer consumer) {
    shards.forEach(shard -> forEach(shard, consumer));
  }

  /**
   * Reads the frames that lie in one shard.
   *
   * @param shard of {@link #shards}
   * @throws InvalidInputException if it is missing or altered
   */
  public void forEach(Shard shard, Consumer consumer) {
    long first = 0;
    for (int i = 0; !shards.get(i).path().equals(shard.path()); i++) {
      first += shards.get(i).rows();
    }
    byte[] frame = new byte[StepColumns.FRAME_BYTES];
    ByteBuffer view = ByteBuffer.wrap(frame);
    long next = firstAtOrAfter(first);
    if (next == size || row(next) >= first + shard.rows()) {
      return;
    }
    try (FrameShardReader reader = dataset.openFrames(shard)) {
      for (long i = next; i < size && row(i) < first + shard.rows(); i++) {
        reader.frame((int) (row(i) - first), view, 0);
        consumer.accept(frame);
      }
    }
  }

  /** Row of a frame of the sample, counted over all shards. */
  private long row(long i) {
    return (2 * i + 1) * rows / (2 * size);
  }

  /** The first frame of the sample whose row isn't before this one. */
  private long firstAtOrAfter(long row) {
    long low = 0;
    long high = size;
    while (low < high) {
      long middle = (low + high) / 2;
      if (row(middle) < row) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
