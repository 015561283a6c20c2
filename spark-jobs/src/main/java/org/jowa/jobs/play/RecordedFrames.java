package org.jowa.jobs.play;

import java.nio.ByteBuffer;
import java.util.List;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Shard;
import org.jowa.jobs.media.Pictures;
import org.jowa.model.plan.TokenBuffer;

/**
 * All frames of a game in a data set, held-out ones first where there are any, numbered from 0: any
 * of them can begin an imagined episode.
 */
final class RecordedFrames {
  private final Dataset dataset;
  private final List<Shard> shards;
  private final int count;

  private RecordedFrames(Dataset dataset, List<Shard> shards) {
    this.dataset = dataset;
    this.shards = shards;
    this.count = Math.toIntExact(shards.stream().mapToLong(Shard::rows).sum());
  }

  /** Those of one game; none if the data set hasn't the game. */
  static RecordedFrames of(Dataset dataset, String game) {
    List<Shard> all =
        dataset.manifest().shards().stream().filter(shard -> shard.game().equals(game)).toList();
    List<Shard> heldOut = all.stream().filter(Shard::isHeldOut).toList();
    return new RecordedFrames(dataset, heldOut.isEmpty() ? all : heldOut);
  }

  /** How many there are. */
  int count() {
    return count;
  }

  /** Where a frame stands. */
  private record Place(Shard shard, int row) {}

  private Place place(int frame) {
    int row = frame;
    for (Shard shard : shards) {
      if (row < shard.rows()) {
        return new Place(shard, row);
      }
      row -= shard.rows();
    }
    throw new IndexOutOfBoundsException("No frame %s: there are %s".formatted(frame, count));
  }

  /** PNG of a frame. */
  byte[] picture(int frame) {
    Place place = place(frame);
    try (FrameShardReader reader = dataset.openFrames(place.shard())) {
      return Pictures.png(pixels(reader, place.row()), Frames.SIDE, Frames.SIDE);
    }
  }

  private static byte[] pixels(FrameShardReader reader, int row) {
    ByteBuffer pixels = ByteBuffer.allocate(Frames.SIDE * Frames.SIDE);
    reader.frame(row, pixels, 0);
    return pixels.array();
  }

  /**
   * Adds a frame to an empty memory, after those frames and actions of its episode that lead to it.
   *
   * @param blocks to add at most
   */
  void remember(int frame, int blocks, Frames frames, TokenBuffer memory) {
    Place place = place(frame);
    try (FrameShardReader reader = dataset.openFrames(place.shard())) {
      int first = place.row();
      while (first > 0
          && place.row() - first + 1 < blocks
          && reader.episode(first - 1) == reader.episode(place.row())) {
        first--;
      }
      for (int row = first; row <= place.row(); row++) {
        memory.addFrame(frames.tokens(pixels(reader, row)), 0);
        if (row < place.row()) {
          memory.addAction(reader.action(row));
        }
      }
    }
  }
}
