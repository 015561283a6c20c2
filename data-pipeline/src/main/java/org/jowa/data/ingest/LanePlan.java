package org.jowa.data.ingest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.jowa.error.UsageException;

/**
 * Spreads whole episodes over shards of even size, and the shards over lanes so that the lanes hold
 * about equally many segments.
 *
 * <p>A shard is written by one task, so it has episodes of one group. Shards are as large as the
 * balance of the lanes permits: where large ones leave the lanes uneven, smaller ones are tried,
 * and at last each episode goes to the lane that holds least.
 *
 * @param lanes number of lanes
 * @param groups the shards of each group, in the order they were given
 */
record LanePlan(int lanes, List<Shards> groups) {
  static final int MOST_LANES = 4096;

  private static final int[] CHOICES = {64, 32, 16, 8, 4, 2, 1};
  private static final double LARGEST_DIFFERENCE = 0.05;

  /** Two ranks should find two lanes in a small data set too, though they hold less evenly much. */
  private static final int SMALL = 2;

  private static final double LARGEST_DIFFERENCE_OF_SMALL = 0.25;

  /** How often the size of shards is halved. */
  private static final int HALVINGS = 6;

  /**
   * An episode to be placed.
   *
   * @param segments what it adds to its lane
   * @param rows what it adds to its shard
   */
  record Item(long segments, int rows) {}

  /**
   * A group's shards.
   *
   * @param lanes the lane of each
   * @param shardOf the shard of each of the group's episodes
   */
  record Shards(List<Integer> lanes, List<Integer> shardOf) {}

  /**
   * The largest of 64, 32, .., 2 whose lanes differ by at most 5% of the fullest; else 2 if those
   * differ by at most a quarter; else 1.
   */
  static LanePlan balanced(List<List<Item>> groups, int rowsPerShard) {
    for (int lanes : CHOICES) {
      LanePlan plan = evenest(lanes, groups, rowsPerShard);
      double allowed = lanes == SMALL ? LARGEST_DIFFERENCE_OF_SMALL : LARGEST_DIFFERENCE;
      if (plan.difference(groups) <= allowed) {
        return plan;
      }
    }
    throw new IllegalArgumentException("No episode has a segment");
  }

  /**
   * @throws UsageException when a lane would be empty
   */
  static LanePlan of(int lanes, List<List<Item>> groups, int rowsPerShard) {
    int items = groups.stream().mapToInt(List::size).sum();
    if (lanes > items) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "%d lanes were asked for, but there are only %d training episodes: ask for fewer lanes.",
              lanes,
              items));
    }
    return evenest(lanes, groups, rowsPerShard);
  }

  /** Shards of one group that all go to one lane. */
  static Shards inLane(int lane, List<Item> items, int rowsPerShard) {
    int[] shardOf = split(items, rowsPerShard);
    int shards = IntStream.of(shardOf).max().orElse(-1) + 1;
    return new Shards(
        IntStream.range(0, shards).mapToObj(shard -> lane).toList(),
        IntStream.of(shardOf).boxed().toList());
  }

  /** The difference of fullest and emptiest lane as a share of the fullest; 1 with an empty one. */
  double difference(List<List<Item>> items) {
    long[] loads = new long[lanes];
    for (int g = 0; g < groups.size(); g++) {
      Shards shards = groups.get(g);
      for (int i = 0; i < shards.shardOf().size(); i++) {
        loads[shards.lanes().get(shards.shardOf().get(i))] += items.get(g).get(i).segments();
      }
    }
    long fullest = Arrays.stream(loads).max().orElseThrow();
    long emptiest = Arrays.stream(loads).min().orElseThrow();
    return emptiest == 0 ? 1 : (double) (fullest - emptiest) / fullest;
  }

  private static LanePlan evenest(int lanes, List<List<Item>> groups, int rowsPerShard) {
    for (int halving = 0; halving <= HALVINGS; halving++) {
      LanePlan plan = byShards(lanes, groups, Math.max(1, rowsPerShard >> halving));
      if (plan.difference(groups) <= LARGEST_DIFFERENCE) {
        return plan;
      }
    }
    return byEpisodes(lanes, groups, rowsPerShard);
  }

  /** Cuts groups into shards of about equal size, then spreads the shards. */
  private static LanePlan byShards(int lanes, List<List<Item>> groups, int rowsPerShard) {
    List<int[]> shardOf = groups.stream().map(group -> split(group, rowsPerShard)).toList();
    int[] firstShard = new int[groups.size() + 1];
    for (int g = 0; g < groups.size(); g++) {
      firstShard[g + 1] = firstShard[g] + IntStream.of(shardOf.get(g)).max().orElse(-1) + 1;
    }
    long[] segments = new long[firstShard[groups.size()]];
    for (int g = 0; g < groups.size(); g++) {
      for (int i = 0; i < shardOf.get(g).length; i++) {
        segments[firstShard[g] + shardOf.get(g)[i]] += groups.get(g).get(i).segments();
      }
    }
    int[] laneOfShard = spread(lanes, segments);
    List<Shards> shards = new ArrayList<>();
    for (int g = 0; g < groups.size(); g++) {
      shards.add(
          new Shards(
              IntStream.range(firstShard[g], firstShard[g + 1])
                  .map(shard -> laneOfShard[shard])
                  .boxed()
                  .toList(),
              IntStream.of(shardOf.get(g)).boxed().toList()));
    }
    return new LanePlan(lanes, shards);
  }

  /** Spreads episodes, then makes shards of those of a group that met in a lane. */
  private static LanePlan byEpisodes(int lanes, List<List<Item>> groups, int rowsPerShard) {
    int[] laneOf =
        spread(lanes, groups.stream().flatMap(List::stream).mapToLong(Item::segments).toArray());
    List<Shards> shards = new ArrayList<>();
    int first = 0;
    for (List<Item> group : groups) {
      List<Integer> lanesOfShards = new ArrayList<>();
      Integer[] shardOf = new Integer[group.size()];
      for (int lane = 0; lane < lanes; lane++) {
        List<Integer> here = new ArrayList<>();
        for (int i = 0; i < group.size(); i++) {
          if (laneOf[first + i] == lane) {
            here.add(i);
          }
        }
        Shards ofLane = inLane(lane, here.stream().map(group::get).toList(), rowsPerShard);
        for (int i = 0; i < here.size(); i++) {
          shardOf[here.get(i)] = lanesOfShards.size() + ofLane.shardOf().get(i);
        }
        lanesOfShards.addAll(ofLane.lanes());
      }
      shards.add(new Shards(lanesOfShards, List.of(shardOf)));
      first += group.size();
    }
    return new LanePlan(lanes, shards);
  }

  /** As few shards as hold the rows, all about equally large. */
  private static int[] split(List<Item> items, int rowsPerShard) {
    long rows = items.stream().mapToLong(Item::rows).sum();
    long shards = Math.min(items.size(), (rows + rowsPerShard - 1) / rowsPerShard);
    return spread((int) Math.max(1, shards), items.stream().mapToLong(Item::rows).toArray());
  }

  /** Longest first, each to the bin that holds least; ties go by number. */
  private static int[] spread(int bins, long[] sizes) {
    long[] loads = new long[bins];
    PriorityQueue<Integer> emptiest =
        new PriorityQueue<>(
            Comparator.<Integer>comparingLong(bin -> loads[bin]).thenComparing(bin -> bin));
    IntStream.range(0, bins).forEach(emptiest::add);
    int[] binOf = new int[sizes.length];
    IntStream.range(0, sizes.length)
        .boxed()
        .sorted(Comparator.<Integer>comparingLong(i -> -sizes[i]).thenComparing(i -> i))
        .forEach(
            i -> {
              int bin = emptiest.remove();
              binOf[i] = bin;
              loads[bin] += sizes[i];
              emptiest.add(bin);
            });
    return binOf;
  }
}
