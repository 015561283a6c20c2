package org.jowa.data.ingest;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jowa.data.dataset.FrameShardWriter;
import org.jowa.data.dataset.Shard;
import org.jowa.data.replay.Part;
import org.jowa.data.replay.ReplayLog;
import org.jowa.data.replay.ReplayLogReader;
import org.jowa.data.storage.Storage;
import org.jspecify.annotations.Nullable;

/** Goes through the files of one checkpoint once and writes what the plan says. */
final class UnitTask implements AutoCloseable {
  private final UnitPlan plan;
  private final EpisodeWriter episodes;
  private final @Nullable FrameShardWriter fragments;

  private UnitTask(Storage dataset, ReplayLog log, UnitPlan plan) {
    this.plan = plan;
    this.fragments =
        plan.fragments().isEmpty()
            ? null
            : new FrameShardWriter(
                dataset, plan.fragmentsPath(), Shard.HELD_OUT_LANE, plan.game(), plan.run());
    this.episodes =
        new EpisodeWriter(dataset, plan.rows(), log.game(), plan.run(), plan.paths(), plan.lanes());
  }

  /**
   * @throws org.jowa.data.replay.DamagedLogException when a file is damaged; nothing is left behind
   */
  static UnitResult run(Storage dataset, ReplayLog log, UnitPlan plan) {
    try (UnitTask task = new UnitTask(dataset, log, plan)) {
      return task.run(ReplayLogReader.of(log, plan.rows()));
    }
  }

  /** A part of the files and the episode that it is, null for a fragment. */
  private record Wanted(Part part, UnitPlan.@Nullable Taken episode) {}

  private UnitResult run(ReplayLogReader reader) {
    List<Wanted> wanted = new ArrayList<>();
    plan.episodes().forEach(episode -> wanted.add(new Wanted(episode.part(), episode)));
    plan.fragments().forEach(part -> wanted.add(new Wanted(part, null)));
    wanted.sort(Comparator.comparingLong(w -> w.part().firstRow()));
    int[] current = {-1};
    Map<String, String> sources =
        reader.read(
            plan.checkpoint(),
            plan.fileRows(),
            wanted.stream().map(Wanted::part).toList(),
            (part, frames, offset, action, reward, terminal) -> {
              UnitPlan.Taken episode = wanted.get(part).episode();
              if (episode == null) {
                // The log's own actions: the task that collects maps them.
                requireNonNull(fragments, "the plan has none")
                    .append(frames, offset, action, reward, terminal, 0);
                return;
              }
              if (part != current[0]) {
                current[0] = part;
                episodes.begin(
                    episode.episode(), episode.copies(), episode.shard(), episode.rawReturn());
              }
              episodes.row(frames, offset, action, reward, terminal);
            });
    return new UnitResult(
        plan.game(),
        plan.run(),
        plan.checkpoint(),
        episodes.finish(),
        episodes.episodes(),
        episodes.counts(),
        episodes.paddingRows(),
        fragments == null ? null : fragments.finish(),
        sources,
        null);
  }

  @Override
  public void close() {
    try (episodes) {
      if (fragments != null) {
        fragments.close();
      }
    }
  }
}
