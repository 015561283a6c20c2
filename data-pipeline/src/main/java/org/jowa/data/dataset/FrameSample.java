package org.jowa.data.dataset;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jowa.error.InvalidInputException;
import org.jspecify.annotations.Nullable;

/**
 * Frames of one game, spread evenly over its stored rows: a function of the manifest, the same
 * whoever reads which part.
 */
public final class FrameSample {
  private final Dataset dataset;
  private final RowSample rows;

  private FrameSample(Dataset dataset, List<Shard> shards, int most) {
    this.dataset = dataset;
    this.rows = new RowSample(shards, most);
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
    if (sample.size() == 0) {
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

  /** Frames in the sample. */
  public int size() {
    return rows.size();
  }

  /** As {@link #forEach(int, int, Consumer)} of all frames. */
  public void forEach(Consumer<byte[]> consumer) {
    forEach(0, size(), consumer);
  }

  /**
   * Reads the frames {@code [from, to)} of the sample, so that parts can be read apart.
   *
   * @param consumer of a frame, 84 x 84 bytes, which the next call overwrites
   * @throws InvalidInputException if a shard is missing or altered
   */
  public void forEach(int from, int to, Consumer<byte[]> consumer) {
    byte[] frame = new byte[StepColumns.FRAME_BYTES];
    ByteBuffer view = ByteBuffer.wrap(frame);
    rows.forEach(
        from,
        to,
        dataset::openFrames,
        (reader, row) -> {
          reader.frame(row, view, 0);
          consumer.accept(frame);
        },
        FrameShardReader::close);
  }

  /**
   * Reads all frames in their order, each with the one before it in its episode.
   *
   * @param consumer of a frame, 84 x 84 bytes, and the one before it, null of an episode's first;
   *     the next call overwrites both
   * @throws InvalidInputException if a shard is missing or altered
   */
  public void forEachWithPrevious(BiConsumer<byte[], byte @Nullable []> consumer) {
    byte[] frame = new byte[StepColumns.FRAME_BYTES];
    byte[] previous = new byte[StepColumns.FRAME_BYTES];
    ByteBuffer view = ByteBuffer.wrap(frame);
    ByteBuffer viewOfPrevious = ByteBuffer.wrap(previous);
    rows.forEach(
        0,
        size(),
        dataset::openFrames,
        (reader, row) -> {
          boolean follows = false;
          if (row > 0) {
            // The earlier row first: the two may lie in record batches that follow each other.
            int episode = reader.episode(row - 1);
            reader.frame(row - 1, viewOfPrevious, 0);
            follows = reader.episode(row) == episode;
          }
          reader.frame(row, view, 0);
          consumer.accept(frame, follows ? previous : null);
        },
        FrameShardReader::close);
  }
}
