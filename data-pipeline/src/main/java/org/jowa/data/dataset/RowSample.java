package org.jowa.data.dataset;

import java.util.List;
import java.util.function.Function;

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

  /** What reads the rows of one shard. */
  public interface Reader extends AutoCloseable {
    void read(int row);

    @Override
    void close();
  }

  /** Rows in the sample. */
  public int size() {
    return size;
  }

  /**
   * Reads the rows {@code [from, to)} of the sample in their order, and opens no shard that has
   * none of them.
   */
  public void forEach(int from, int to, Function<Shard, Reader> opener) {
    long first = 0;
    int next = from;
    for (Shard shard : shards) {
      long end = first + shard.rows();
      if (next < to && row(next) < end) {
        try (Reader reader = opener.apply(shard)) {
          for (; next < to && row(next) < end; next++) {
            reader.read((int) (row(next) - first));
          }
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
