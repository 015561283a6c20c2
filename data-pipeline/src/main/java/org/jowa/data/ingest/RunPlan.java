package org.jowa.data.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jowa.data.dataset.Shard;
import org.jowa.data.replay.Part;
import org.jowa.data.replay.ReplayScan;
import org.jspecify.annotations.Nullable;

/**
 * What the tasks of one run write.
 *
 * @param units a plan for each checkpoint that has something to write, in numeric order
 * @param lanes of the shards of the task that collects
 * @param collected the episodes of that task, in the order of play
 */
public record RunPlan(
    ReplayScan scan, List<UnitPlan> units, List<Integer> lanes, List<Collected> collected) {
  public RunPlan {
    units = List.copyOf(units);
    lanes = List.copyOf(lanes);
    collected = List.copyOf(collected);
  }

  /**
   * @param shard index into {@code lanes}
   * @param parts in the order of play
   */
  public record Collected(
      int episode, int copies, int shard, List<Part> parts, @Nullable Double rawReturn) {}

  /**
   * The plan of the task that collects, when the files of its parts are known. Episodes of
   * checkpoints that were left out are left out too.
   *
   * @param results of the units, in their order
   * @return null when there is nothing to collect
   */
  @Nullable CollectPlan collect(List<UnitResult> results) {
    List<Shard> files = new ArrayList<>();
    Map<Part, CollectPlan.Piece> pieces = new HashMap<>();
    for (int u = 0; u < units.size(); u++) {
      Shard file = results.get(u).fragments();
      if (file != null) {
        int row = 0;
        for (Part part : units.get(u).fragments()) {
          pieces.put(part, new CollectPlan.Piece(files.size(), row, part.rows()));
          row += part.rows();
        }
        files.add(file);
      }
    }
    Map<Integer, Integer> shards = new LinkedHashMap<>();
    List<CollectPlan.Collected> episodes = new ArrayList<>();
    for (Collected episode : collected) {
      if (pieces.keySet().containsAll(episode.parts())) {
        int shard = shards.computeIfAbsent(episode.shard(), s -> shards.size());
        episodes.add(
            new CollectPlan.Collected(
                episode.episode(),
                episode.copies(),
                shard,
                episode.parts().stream().map(pieces::get).toList(),
                episode.rawReturn()));
      }
    }
    return episodes.isEmpty()
        ? null
        : new CollectPlan(
            scan.rows(),
            scan.game(),
            scan.run(),
            files,
            shards.keySet().stream().map(lanes::get).toList(),
            episodes);
  }

  /** Episodes that are wholly or partly in a checkpoint. */
  int episodesIn(UnitPlan unit) {
    long straddling =
        collected.stream()
            .filter(
                episode ->
                    episode.parts().stream().anyMatch(p -> p.checkpoint() == unit.checkpoint()))
            .count();
    return unit.episodes().size() + (int) straddling;
  }
}
