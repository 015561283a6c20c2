package org.jowa.data.batch;

import java.util.Arrays;
import org.jowa.data.cache.MappedFiles;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.StepColumns;
import org.jowa.data.tokens.TokenSet;
import org.jowa.data.tokens.TokenShardReader;

/** Rows of memory-mapped token shards: reading them allocates nothing once the shards are open. */
final class TokenRows implements SegmentRows {
  private final TokenSet tokens;
  private final MappedFiles files;
  private final TokenShardReader[] shards;

  /**
   * @param mappedBytes that may be mapped at a time
   */
  TokenRows(Dataset dataset, TokenSet tokens, long mappedBytes) {
    this.tokens = tokens;
    this.files = MappedFiles.within(mappedBytes);
    this.shards = new TokenShardReader[dataset.manifest().shards().size()];
  }

  @Override
  public SequenceBatch batch(int size, int steps) {
    return new SequenceBatch(size, steps, StepColumns.TOKENS_PER_FRAME);
  }

  @Override
  public void read(int shard, int firstRow, int count, SequenceBatch batch, int at) {
    shard(shard).steps(firstRow, count, batch.arrays, at);
  }

  @Override
  public float reward(int shard, int row) {
    return shard(shard).reward(row);
  }

  @Override
  public void pad(SequenceBatch batch, int from, int to) {
    Arrays.fill(
        batch.tokens, from * StepColumns.TOKENS_PER_FRAME, to * StepColumns.TOKENS_PER_FRAME, 0);
  }

  private TokenShardReader shard(int number) {
    if (shards[number] == null) {
      shards[number] = tokens.open(number, files);
    }
    return shards[number];
  }

  @Override
  public void close() {
    for (TokenShardReader shard : shards) {
      if (shard != null) {
        shard.close();
      }
    }
    files.close();
  }
}
