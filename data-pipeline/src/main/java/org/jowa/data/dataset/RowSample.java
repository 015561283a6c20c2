package org.jowa.data.dataset;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;

/** Rows of some shards, spread evenly over all of theirs. */
public final class RowSample {
  private final List<Shard> shards;
  private final long rows;
  private final int size;

  public RowSample(List<Shard> shards, int most) {
    this.shards = shards;
    this.rows = shards.stream().mapToLong(Shard::rows).sum();
    this.size = (int) Math.min(most, rows);
  }

  /** Rows in the sample. */
  public int size() {
    return size;
  }

  /**
   * Reads the rows {@code [from, to)} of the sample in their order, and opens no shard that has
   * none of them.
   *
   * @param open what reads the rows of a shard
   * @param read one of them
   * @param close what was opened
   */
  public <R> void forEach(
      int from, int to, Function<Shard, R> open, ObjIntConsumer<R> read, Consumer<R> close) {
    long first = 0;
    int next = from;
    for (Shard shard : shards) {
      long end = first + shard.rows();
      if (next < to && row(next) < end) {
        R reader = open.apply(shard);
        try {
          for (; next < to && row(next) < end; next++) {
            read.accept(reader, (int) (row(next) - first));
          }
        } finally {
          close.accept(reader);
        }
      }
      first = end;
    }
  }

  /** Row of one of the sample, counted over all shards. */
  private long row(int i) {
    return (2L * i + 1) * rows / (2L * size);
  }
}
