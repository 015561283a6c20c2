package org.jowa.data.dataset;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;

/** Reads every row of one frame shard and compares it with the manifest. */
final class ShardVerifier {
  private ShardVerifier() {}

  /**
   * @throws InvalidInputException when the shard isn't as it should be
   */
  static ShardCheck verify(Storage storage, Manifest manifest, EpisodeTable table, int index) {
    Shard shard = manifest.shards().get(index);
    FrameShardReader.requireUnaltered(storage, shard);
    List<StoredEpisode> episodes =
        table.all().stream()
            .filter(episode -> episode.shard() == index)
            .sorted(Comparator.comparingInt(StoredEpisode::firstRow))
            .toList();
    EpisodeCheck check = new EpisodeCheck(storage, manifest, Games.byName(shard.game()));
    int next = 0;
    try (FrameShardReader reader = FrameShardReader.open(storage, shard)) {
      for (StoredEpisode episode : episodes) {
        check.read(episode, reader, next, (row, count) -> {});
        next += episode.length();
      }
    }
    check.requireAll(index, next);
    if (episodes.size() != shard.episodes()) {
      throw FrameShardReader.damaged(
          storage,
          shard,
          String.format(
              Locale.ROOT, "%d episodes, the manifest says %d", episodes.size(), shard.episodes()),
          null);
    }
    return check.result(index);
  }
}
