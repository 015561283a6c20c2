package org.jowa.data.ingest;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.data.dataset.FrameShardWriter;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StepCounts;
import org.jowa.data.dataset.StepTally;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.dataset.ZstdCodec;
import org.jowa.data.replay.EpisodeRows;
import org.jowa.data.replay.ReplayRows;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jspecify.annotations.Nullable;

/** Writes episodes, one after the other, into the shards of one task. */
final class EpisodeWriter implements AutoCloseable, EpisodeRows.Sink {
  private final Storage storage;
  private final Game game;
  private final int run;
  private final List<String> paths;
  private final List<Integer> lanes;
  private final Map<Integer, FrameShardWriter> writers = new TreeMap<>();
  private final List<StoredEpisode> episodes = new ArrayList<>();
  private final EpisodeRows rows;
  private final ZstdCodec codec = new ZstdCodec();
  private final StepTally tally = new StepTally();

  private int episode;
  private int copies;
  private int shard;
  private @Nullable Double rawReturn;
  private @Nullable FrameShardWriter writer;
  private int firstRow;
  private double rewardSum;

  /**
   * @param paths of the shards
   * @param lanes of the shards
   */
  EpisodeWriter(
      Storage storage,
      ReplayRows rows,
      Game game,
      int run,
      List<String> paths,
      List<Integer> lanes) {
    this.storage = storage;
    this.game = game;
    this.run = run;
    this.paths = paths;
    this.lanes = lanes;
    this.rows = new EpisodeRows(rows, this);
  }

  /**
   * The rows of an episode come next.
   *
   * @param shard where it goes, an index into the paths
   * @param rawReturn null when the log doesn't tell
   */
  void begin(int episode, int copies, int shard, @Nullable Double rawReturn) {
    this.episode = episode;
    this.copies = copies;
    this.shard = shard;
    this.rawReturn = rawReturn;
    FrameShardWriter begun =
        writers.computeIfAbsent(
            shard,
            s ->
                new FrameShardWriter(storage, paths.get(s), lanes.get(s), game.name(), run, codec));
    writer = begun;
    firstRow = begun.rows();
    rewardSum = 0;
    rows.begin();
  }

  /** A row as it is in the log; the episode is complete with the one that is terminal. */
  void row(byte[] frames, int offset, int action, float reward, boolean terminal) {
    rows.row(frames, offset, action, reward, terminal);
  }

  @Override
  public void step(byte[] frames, int offset, int action, float reward, boolean terminal) {
    int fullAction = game.toFullAction(action);
    FrameShardWriter begun = requireNonNull(writer, "a row before the first episode");
    begun.append(frames, offset, fullAction, reward, terminal, episode);
    tally.add(fullAction, reward, copies);
    rewardSum += reward;
    if (terminal) {
      episodes.add(
          new StoredEpisode(
              game.id(),
              run,
              episode,
              lanes.get(shard),
              shard,
              firstRow,
              begun.rows() - firstRow,
              copies,
              rewardSum,
              rawReturn));
    }
  }

  long paddingRows() {
    return rows.paddingRows();
  }

  /** The episodes so far; their shard is an index into the paths. */
  List<StoredEpisode> episodes() {
    return episodes;
  }

  /** What was done in the episodes so far. */
  StepCounts counts() {
    return tally.counts();
  }

  /** Completes the shards, all of which have to have episodes, and gives them their names. */
  List<Shard> finish() {
    List<Shard> shards = new ArrayList<>();
    for (int s = 0; s < paths.size(); s++) {
      shards.add(requireNonNull(writers.get(s), "a shard without episodes").finish());
    }
    return shards;
  }

  @Override
  public void close() {
    writers.values().forEach(FrameShardWriter::close);
    codec.close();
  }
}
