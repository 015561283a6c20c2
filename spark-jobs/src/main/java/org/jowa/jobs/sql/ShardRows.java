package org.jowa.jobs.sql;

import static java.util.Objects.requireNonNull;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.unsafe.types.UTF8String;
import org.jowa.data.batch.FrameBatch;
import org.jowa.data.cache.MappedFiles;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.tokens.TokenSet;
import org.jowa.data.tokens.TokenShardReader;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.settings.TokenizerConfig;
import org.jspecify.annotations.Nullable;

/** The rows of one shard, of its frames or its tokens. */
final class ShardRows implements PartitionReader<InternalRow> {
  private final Shard shard;
  private final List<StoredEpisode> episodes;
  private final StepColumn[] columns;
  private final @Nullable FrameShardReader frames;
  private final @Nullable TokenShardReader tokens;
  private final MappedFiles files = MappedFiles.within(MappedFiles.DEFAULT_BYTES);
  private final UTF8String game;
  private final UTF8String path;
  private int row = -1;
  private int episode;

  private ShardRows(Dataset dataset, @Nullable String tokenizer, int index, StepColumn[] columns) {
    this.shard = dataset.manifest().shards().get(index);
    this.columns = columns;
    this.episodes =
        dataset.episodes().all().stream()
            .filter(e -> e.shard() == index)
            .sorted(Comparator.comparingInt(StoredEpisode::firstRow))
            .toList();
    this.game = UTF8String.fromString(shard.game());
    this.path = UTF8String.fromString(shard.path());
    this.frames = tokenizer == null ? dataset.openFrames(shard) : null;
    this.tokens = tokenizer == null ? null : TokenSet.open(dataset, tokenizer).open(index, files);
  }

  static ShardRows open(String path, @Nullable String tokenizer, int index, StepColumn[] columns) {
    return new ShardRows(Dataset.open(path, SparkJobs.hadoop()), tokenizer, index, columns);
  }

  @Override
  public boolean next() {
    row++;
    if (row < shard.rows() && row >= end(episodes.get(episode))) {
      episode++;
    }
    return row < shard.rows();
  }

  private static int end(StoredEpisode episode) {
    return episode.firstRow() + episode.length();
  }

  @Override
  public InternalRow get() {
    Object[] values = Arrays.stream(columns).map(this::value).toArray();
    return new GenericInternalRow(values);
  }

  private Object value(StepColumn column) {
    StoredEpisode in = episodes.get(episode);
    return switch (column) {
      case GAME -> game;
      case RUN -> shard.run();
      case LANE -> shard.lane();
      case SHARD -> path;
      case ROW -> row;
      case EPISODE -> in.episode();
      case STEP -> row - in.firstRow();
      case COPIES -> in.copies();
      case ACTION -> frames == null ? tokens().action(row) : frames.action(row);
      case REWARD -> frames == null ? tokens().reward(row) : frames.reward(row);
      case TERMINAL -> frames == null ? tokens().terminal(row) : frames.terminal(row);
      case OBSERVATION -> frame();
      case TOKENS -> tokenIds();
    };
  }

  private TokenShardReader tokens() {
    return requireNonNull(tokens);
  }

  private byte[] frame() {
    byte[] frame = new byte[FrameBatch.FRAME_BYTES];
    requireNonNull(frames).frame(row, ByteBuffer.wrap(frame), 0);
    return frame;
  }

  private UnsafeArrayData tokenIds() {
    int[] ids = new int[TokenizerConfig.TOKENS_PER_FRAME];
    tokens().tokens(row, ids, 0);
    return UnsafeArrayData.fromPrimitiveArray(ids);
  }

  @Override
  public void close() {
    if (frames != null) {
      frames.close();
    }
    if (tokens != null) {
      tokens.close();
    }
    files.close();
  }
}
