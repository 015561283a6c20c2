package org.jowa.data.ingest;

import java.util.List;
import java.util.Map;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.SkippedSource;
import org.jowa.data.dataset.StepCounts;
import org.jowa.data.dataset.StoredEpisode;
import org.jspecify.annotations.Nullable;

/**
 * What one task wrote.
 *
 * @param checkpoint null for the task that collects a run's straddling and held-out episodes
 * @param shards in the order of the plan
 * @param episodes in the order in which they were written; their shard is an index into {@code
 *     shards}
 * @param counts of what was done in the episodes
 * @param paddingRows rows of its episodes that were left out
 * @param fragments the file of parts for the task that collects, null when there are none
 * @param sources SHA-256 of the checkpoint's files as they are stored, by kind
 * @param skipped why the checkpoint was left out, else null
 */
public record UnitResult(
    String game,
    int run,
    @Nullable Integer checkpoint,
    List<Shard> shards,
    List<StoredEpisode> episodes,
    StepCounts counts,
    long paddingRows,
    @Nullable Shard fragments,
    Map<String, String> sources,
    @Nullable SkippedSource skipped) {
  public UnitResult {
    shards = List.copyOf(shards);
    episodes = List.copyOf(episodes);
    sources = sources == null ? Map.of() : Map.copyOf(sources);
  }

  /** All files that it stands for. */
  List<Shard> files() {
    List<Shard> files = new java.util.ArrayList<>(shards);
    if (fragments != null) {
      files.add(fragments);
    }
    return files;
  }
}
