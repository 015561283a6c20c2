package org.jowa.data.ingest;

import java.nio.ByteBuffer;
import java.util.Map;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.FrameShardWriter;
import org.jowa.data.dataset.StepColumns;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Games;
import org.jspecify.annotations.Nullable;

/** Puts the episodes of a run together whose rows lie in several checkpoints, and the held-out. */
final class CollectTask implements AutoCloseable {
  private final Storage dataset;
  private final CollectPlan plan;
  private final EpisodeWriter writer;
  private final byte[] frames = new byte[FrameShardWriter.BATCH_ROWS * StepColumns.FRAME_BYTES];
  private int openFile = -1;
  private @Nullable FrameShardReader reader;

  private CollectTask(Storage dataset, CollectPlan plan) {
    this.dataset = dataset;
    this.plan = plan;
    this.writer =
        new EpisodeWriter(
            dataset,
            plan.rows(),
            Games.byName(plan.game()),
            plan.run(),
            plan.paths(),
            plan.lanes());
  }

  static UnitResult run(Storage dataset, CollectPlan plan) {
    try (CollectTask task = new CollectTask(dataset, plan)) {
      plan.files().forEach(file -> FrameShardReader.requireUnaltered(dataset, file));
      for (CollectPlan.Collected episode : plan.episodes()) {
        task.writer.begin(
            episode.episode(), episode.copies(), episode.shard(), episode.rawReturn());
        episode.pieces().forEach(task::copy);
      }
      return new UnitResult(
          plan.game(),
          plan.run(),
          null,
          task.writer.finish(),
          task.writer.episodes(),
          task.writer.counts(),
          task.writer.paddingRows(),
          null,
          Map.of(),
          null);
    }
  }

  private void copy(CollectPlan.Piece piece) {
    FrameShardReader file = open(piece.file());
    int end = piece.firstRow() + piece.rows();
    int count;
    for (int row = piece.firstRow(); row < end; row += count) {
      count = FrameShardReader.rowsOfBatch(row, end);
      file.frames(row, count, ByteBuffer.wrap(frames), 0);
      for (int i = 0; i < count; i++) {
        writer.row(
            frames,
            i * StepColumns.FRAME_BYTES,
            file.action(row + i),
            file.reward(row + i),
            file.terminal(row + i));
      }
    }
  }

  private FrameShardReader open(int file) {
    if (reader == null || file != openFile) {
      closeReader();
      reader = FrameShardReader.open(dataset, plan.files().get(file));
      openFile = file;
    }
    return reader;
  }

  private void closeReader() {
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }

  @Override
  public void close() {
    try (writer) {
      closeReader();
    }
  }
}
