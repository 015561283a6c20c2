package org.jowa.data.dataset;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.data.replay.EpisodeSink;
import org.jowa.data.replay.LeftOut;
import org.jowa.data.replay.ReplayLog;
import org.jowa.data.replay.ReplayLogReader;
import org.jowa.data.replay.ReplayLogs;
import org.jowa.data.replay.ReplayScan;
import org.jowa.data.storage.Sha256;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;

/** Writes the shards of one run: streams its log once and hands each step to its lane's shard. */
final class UnitTask implements EpisodeSink, AutoCloseable {
  private final Storage storage;
  private final UnitPlan plan;
  private final Game game;
  private final Map<Integer, FrameShardWriter> writers = new TreeMap<>();
  private final Map<Integer, Integer> shardsOfLane = new TreeMap<>();
  private final Map<FrameShardWriter, Integer> shardNumbers = new IdentityHashMap<>();
  private final List<Shard> shards = new ArrayList<>();
  private final List<StoredEpisode> episodes = new ArrayList<>();
  private final MessageDigest observations = Sha256.digest();

  private int nextTaken;
  private UnitPlan.Taken taken;
  private FrameShardWriter writer;
  private int firstRow;
  private double rewardSum;

  private UnitTask(Storage storage, UnitPlan plan) {
    this.storage = storage;
    this.plan = plan;
    this.game = Games.byName(plan.scan().game());
  }

  static UnitResult run(Storage dataset, Storage source, UnitPlan plan) {
    ReplayScan scan = plan.scan();
    ReplayLog log = ReplayLogs.at(source).log(Games.byName(scan.game()), scan.run());
    try (UnitTask task = new UnitTask(dataset, plan)) {
      LeftOut leftOut = ReplayLogReader.of(log, scan.rows()).read(scan, task);
      for (FrameShardWriter open : task.writers.values()) {
        task.finish(open);
      }
      return new UnitResult(
          scan.game(),
          scan.run(),
          task.shards,
          task.episodes,
          leftOut,
          Sha256.hex(task.observations));
    }
  }

  @Override
  public boolean begin(int episode) {
    List<UnitPlan.Taken> all = plan.episodes();
    if (nextTaken == all.size() || all.get(nextTaken).episode() != episode) {
      return false;
    }
    taken = all.get(nextTaken++);
    writer = writers.computeIfAbsent(taken.lane(), this::newShard);
    firstRow = writer.rows();
    rewardSum = 0;
    return true;
  }

  @Override
  public void step(byte[] frames, int offset, int action, float reward, boolean terminal) {
    writer.append(frames, offset, game.toFullAction(action), reward, terminal, taken.episode());
    observations.update(ByteBuffer.wrap(frames, offset, StepColumns.FRAME_BYTES));
    rewardSum += reward;
    if (terminal) {
      end();
    }
  }

  private void end() {
    List<Double> rawReturns = plan.scan().rawReturns();
    episodes.add(
        new StoredEpisode(
            game.id(),
            plan.scan().run(),
            taken.episode(),
            taken.lane(),
            shardNumbers.get(writer),
            firstRow,
            writer.rows() - firstRow,
            taken.copies(),
            rewardSum,
            rawReturns == null ? null : rawReturns.get(taken.episode())));
    if (writer.rows() >= plan.options().rowsPerShard()) {
      writers.remove(taken.lane());
      finish(writer);
    }
  }

  private FrameShardWriter newShard(int lane) {
    int number = shardsOfLane.merge(lane, 1, Integer::sum) - 1;
    String folder = lane == UnitPlan.HELD_OUT_LANE ? "held-out" : "lane-%04d".formatted(lane);
    String path =
        "frames/%s/%s-%d-%05d.arrow".formatted(folder, game.name(), plan.scan().run(), number);
    FrameShardWriter shard =
        new FrameShardWriter(storage, path, lane, game.name(), plan.scan().run());
    shardNumbers.put(shard, shards.size());
    shards.add(null);
    return shard;
  }

  private void finish(FrameShardWriter shard) {
    try (shard) {
      shards.set(shardNumbers.get(shard), shard.finish());
    }
  }

  @Override
  public void close() {
    writers.values().forEach(FrameShardWriter::close);
  }
}
