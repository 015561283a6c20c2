package org.jowa.data.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Arrow;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.EpisodeTable;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StepColumns;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.replay.LeftOut;
import org.jowa.data.replay.ReplayRows;
import org.jowa.data.sample.Segmentation;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Sha256;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.data.tokens.TokenManifest;
import org.jowa.data.tokens.TokenSet;
import org.jowa.data.tokens.TokenShardReader;
import org.jowa.env.game.Games;

/**
 * A made-up data set of any size, to measure and test with: manifest and table of episodes as an
 * ingest writes them, and token shards if wanted. There are no frames. Every shard has the same
 * bytes under another name.
 *
 * @param games of the table of games, from its start
 * @param runs of each game
 * @param lanes with the same number of shards each
 * @param shards of each game, run and lane
 * @param rowsPerShard steps
 * @param episodeSteps length of all episodes but a shard's last
 */
public record SyntheticDataset(
    int games, int runs, int lanes, int shards, int rowsPerShard, int episodeSteps) {
  /** Names the token set. */
  public static final String TOKENIZER = "synthetic";

  private static final int CODEBOOK = 2048;
  private static final int REWARD_EVERY = 20;

  /** Steps of all games. */
  public long steps() {
    return (long) games * runs * lanes * shards * rowsPerShard;
  }

  /** Writes manifest and episodes into a folder, and token shards if {@code withTokens}. */
  public Dataset write(String folder, boolean withTokens) {
    Storage storage = Storage.at(folder, new Configuration());
    byte[] tokens = withTokens ? tokenShard() : new byte[0];
    List<Shard> frames = new ArrayList<>();
    List<Shard> tokenShards = new ArrayList<>();
    List<StoredEpisode> episodes = new ArrayList<>();
    String tokensSha256 = Sha256.of(tokens);
    for (int lane = 0; lane < lanes; lane++) {
      for (int game = 0; game < games; game++) {
        for (int shard = 0; shard < runs * shards; shard++) {
          Shard made = shard(lane, game, shard, 0, "0".repeat(64));
          addEpisodes(episodes, made, game, frames.size(), shard);
          frames.add(made);
          Shard token =
              new Shard(
                  TokenSet.path(made),
                  lane,
                  made.game(),
                  made.run(),
                  made.rows(),
                  made.episodes(),
                  tokens.length,
                  tokensSha256);
          tokenShards.add(token);
          if (withTokens) {
            WholeFiles.write(storage.folder("tokens/" + TOKENIZER), token.path(), tokens);
          }
        }
      }
    }
    EpisodeTable table = new EpisodeTable(episodes);
    byte[] tableBytes = table.bytes();
    WholeFiles.write(storage, EpisodeTable.FILE_NAME, tableBytes);
    Manifest manifest = manifest(frames, episodes.size(), tableBytes);
    WholeFiles.write(storage, Manifest.FILE_NAME, Json.bytes(manifest));
    if (withTokens) {
      TokenManifest tokenManifest =
          new TokenManifest(
              TokenManifest.VERSION,
              TOKENIZER,
              CODEBOOK,
              StepColumns.TOKENS_PER_FRAME,
              64,
              manifest.contentHash(),
              tokenShards);
      WholeFiles.write(
          storage.folder("tokens/" + TOKENIZER), Manifest.FILE_NAME, Json.bytes(tokenManifest));
    }
    return Dataset.open(folder);
  }

  private int episodesPerShard() {
    return (rowsPerShard + episodeSteps - 1) / episodeSteps;
  }

  private int segmentsPerShard() {
    int last = rowsPerShard - (episodesPerShard() - 1) * episodeSteps;
    return (episodesPerShard() - 1) * Segmentation.TRAINING.count(episodeSteps)
        + Segmentation.TRAINING.count(last);
  }

  private Shard shard(int lane, int game, int shard, long bytes, String sha256) {
    String name = Games.all().get(game).name();
    int run = shard / shards + 1;
    return new Shard(
        String.format(
            Locale.ROOT, "frames/lane-%04d/%s-%d-%05d.arrow", lane, name, run, shard % shards),
        lane,
        name,
        run,
        rowsPerShard,
        episodesPerShard(),
        bytes,
        sha256);
  }

  private void addEpisodes(
      List<StoredEpisode> episodes, Shard shard, int game, int shardIndex, int shardOfGame) {
    for (int e = 0; e < episodesPerShard(); e++) {
      int firstRow = e * episodeSteps;
      int length = Math.min(episodeSteps, rowsPerShard - firstRow);
      episodes.add(
          new StoredEpisode(
              Games.all().get(game).id(),
              shard.run(),
              ((shardOfGame % shards) * lanes + shard.lane()) * episodesPerShard() + e,
              shard.lane(),
              shardIndex,
              firstRow,
              length,
              1,
              rewards(firstRow, length),
              null));
    }
  }

  private static double rewards(int firstRow, int length) {
    return (firstRow + length + REWARD_EVERY - 1) / REWARD_EVERY
        - (firstRow + REWARD_EVERY - 1) / REWARD_EVERY;
  }

  private Manifest manifest(List<Shard> frames, int episodes, byte[] table) {
    int perGame = lanes * runs * shards;
    double rewardPerShard = rewards(0, rowsPerShard);
    List<Manifest.GameStatistics> statistics = new ArrayList<>();
    for (int game = 0; game < games; game++) {
      long steps = (long) perGame * rowsPerShard;
      statistics.add(
          new Manifest.GameStatistics(
              Games.all().get(game).id(),
              Games.all().get(game).name(),
              steps,
              (long) perGame * episodesPerShard(),
              (long) perGame * segmentsPerShard(),
              perGame * rewardPerShard,
              steps,
              perGame * episodesPerShard(),
              0,
              null,
              null,
              "0".repeat(64)));
    }
    int perLane = games * runs * shards;
    List<Manifest.Lane> all = new ArrayList<>();
    for (int lane = 0; lane < lanes; lane++) {
      all.add(
          new Manifest.Lane(
              lane,
              perLane * episodesPerShard(),
              (long) perLane * rowsPerShard,
              perLane * segmentsPerShard(),
              perLane * rowsPerShard));
    }
    List<Manifest.Run> provenance = new ArrayList<>();
    for (int game = 0; game < games; game++) {
      for (int run = 1; run <= runs; run++) {
        provenance.add(
            new Manifest.Run(
                Games.all().get(game).name(),
                run,
                List.of(),
                lanes * shards * episodesPerShard(),
                lanes * shards * episodesPerShard(),
                LeftOut.NOTHING,
                null,
                List.of(),
                null));
      }
    }
    return new Manifest(
            Manifest.VERSION,
            "",
            null,
            steps(),
            episodes,
            (long) frames.size() * segmentsPerShard(),
            steps(),
            new Manifest.SegmentRule(
                Segmentation.TRAINING.length(), Segmentation.TRAINING.stride(), "right"),
            statistics,
            all,
            new Manifest.Lane(Shard.HELD_OUT_LANE, 0, 0, 0, 0),
            new Manifest.Provenance(
                "synthetic", ReplayRows.JOINED, null, null, 0, 0, provenance, List.of()),
            new Manifest.EpisodesFile(
                EpisodeTable.FILE_NAME, episodes, table.length, Sha256.of(table)),
            frames)
        .sealed();
  }

  private byte[] tokenShard() {
    java.io.ByteArrayOutputStream bytes = new java.io.ByteArrayOutputStream();
    SplittableRandom random = new SplittableRandom(0);
    try (BufferAllocator allocator = Arrow.allocator("synthetic token shard");
        VectorSchemaRoot root =
            VectorSchemaRoot.create(StepColumns.tokenSchema(Map.of()), allocator);
        ArrowFileWriter writer =
            new ArrowFileWriter(root, null, java.nio.channels.Channels.newChannel(bytes))) {
      StepColumns.allocate(root, TokenShardReader.BATCH_ROWS);
      UInt2Vector tokens =
          (UInt2Vector) ((FixedSizeListVector) root.getVector(StepColumns.TOKENS)).getDataVector();
      StepColumns columns = new StepColumns(root);
      writer.start();
      for (int first = 0; first < rowsPerShard; first += TokenShardReader.BATCH_ROWS) {
        int rows = Math.min(TokenShardReader.BATCH_ROWS, rowsPerShard - first);
        for (int t = 0; t < rows * StepColumns.TOKENS_PER_FRAME; t++) {
          tokens.setWithPossibleTruncate(t, random.nextInt(CODEBOOK));
        }
        for (int i = 0; i < rows; i++) {
          int row = first + i;
          boolean last = row % episodeSteps == episodeSteps - 1 || row == rowsPerShard - 1;
          columns.set(
              i,
              random.nextInt(Games.FULL_ACTIONS),
              row % REWARD_EVERY == 0 ? 1 : 0,
              last,
              row / episodeSteps);
        }
        tokens.setValueCount(rows * StepColumns.TOKENS_PER_FRAME);
        root.setRowCount(rows);
        writer.writeBatch();
      }
      writer.end();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
