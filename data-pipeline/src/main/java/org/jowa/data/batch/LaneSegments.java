package org.jowa.data.batch;

import java.util.Arrays;
import java.util.List;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.sample.Segmentation;

/** Finds the episode and the place in it of a lane's segment, in arrays that hold no objects. */
final class LaneSegments {
  private final Segmentation segmentation;

  /** Segments of all episodes up to and with this one, copies counted. */
  private final int[] cumulative;

  private final int[] shards;
  private final int[] firstRows;
  private final int[] lengths;
  private final int[] games;
  private final boolean[] demonstrations;

  LaneSegments(
      List<StoredEpisode> episodes, Segmentation segmentation, Demonstrations demonstrations) {
    int n = episodes.size();
    this.segmentation = segmentation;
    cumulative = new int[n];
    shards = new int[n];
    firstRows = new int[n];
    lengths = new int[n];
    games = new int[n];
    this.demonstrations = new boolean[n];
    long sum = 0;
    for (int i = 0; i < n; i++) {
      StoredEpisode episode = episodes.get(i);
      sum += (long) segmentation.count(episode.length()) * episode.copies();
      cumulative[i] = Math.toIntExact(sum);
      shards[i] = episode.shard();
      firstRows[i] = episode.firstRow();
      lengths[i] = episode.length();
      games[i] = episode.game();
      this.demonstrations[i] = demonstrations.contains(episode);
    }
  }

  int segments() {
    return cumulative.length == 0 ? 0 : cumulative[cumulative.length - 1];
  }

  /** The episode of a segment. */
  int episode(int segment) {
    int found = Arrays.binarySearch(cumulative, segment);
    if (found < 0) {
      return -found - 1;
    }
    // Exactly at the end of an episode, or of several when some have no segment: the next one.
    while (cumulative[found] == segment) {
      found++;
    }
    return found;
  }

  /** First step of a segment in its episode; negative when padding stands before it. */
  int start(int segment, int episode) {
    int before = episode == 0 ? 0 : cumulative[episode - 1];
    int inOneCopy = (segment - before) % segmentation.count(lengths[episode]);
    return segmentation.start(inOneCopy, lengths[episode]);
  }

  int shard(int episode) {
    return shards[episode];
  }

  int firstRow(int episode) {
    return firstRows[episode];
  }

  int length(int episode) {
    return lengths[episode];
  }

  boolean isDemonstration(int episode) {
    return demonstrations[episode];
  }

  int game(int episode) {
    return games[episode];
  }
}
