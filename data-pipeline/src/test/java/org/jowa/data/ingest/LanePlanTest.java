package org.jowa.data.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LanePlanTest {
  @Property(tries = 100)
  void lanesAreEvenAndNoneIsEmpty(
      @ForAll @Size(min = 1, max = 300) List<@IntRange(min = 1, max = 400) Integer> lengths) {
    long[] segments = lengths.stream().mapToLong(Integer::longValue).toArray();
    LanePlan plan = balanced(segments);
    long[] loads = new long[plan.lanes()];
    for (int i = 0; i < segments.length; i++) {
      loads[plan.groups().get(i).lanes().get(0)] += segments[i];
    }
    long fullest = Arrays.stream(loads).max().orElseThrow();
    long emptiest = Arrays.stream(loads).min().orElseThrow();
    assertThat(emptiest).isPositive();
    double allowed = plan.lanes() == 2 ? 0.25 : 0.05;
    assertThat(fullest - emptiest).isLessThanOrEqualTo((long) Math.floor(allowed * fullest));
  }

  @Test
  void theMostLanesThatAreEvenAreTaken() {
    long[] equal = new long[640];
    Arrays.fill(equal, 10);
    assertThat(balanced(equal).lanes()).isEqualTo(64);
    assertThat(balanced(Arrays.copyOf(equal, 63)).lanes()).isEqualTo(2);
    assertThat(balanced(Arrays.copyOf(equal, 16)).lanes()).isEqualTo(16);
    assertThat(balanced(new long[] {100, 95}).lanes()).isEqualTo(2);
  }

  @Test
  void twoRanksFindTwoLanesInASmallDataSetUnlessTheyWouldBeVeryUneven() {
    long[] equal = new long[17];
    Arrays.fill(equal, 10);
    assertThat(balanced(equal).lanes()).isEqualTo(2);
    assertThat(balanced(new long[] {100, 75}).lanes()).isEqualTo(2);
    assertThat(balanced(new long[] {100, 74}).lanes()).isEqualTo(1);
    assertThat(balanced(new long[] {100}).lanes()).isEqualTo(1);
  }

  @Property(tries = 200)
  void shardsAreWholeAndEvenAndLanesStayAsEvenAsWithSingleEpisodes(
      @ForAll @Size(min = 1, max = 20)
          List<@Size(min = 1, max = 30) List<@IntRange(min = 1, max = 300) Integer>> lengths,
      @ForAll @IntRange(min = 50, max = 3000) int rowsPerShard) {
    List<List<LanePlan.Item>> groups =
        lengths.stream()
            .map(group -> group.stream().map(n -> new LanePlan.Item((n + 3) / 4, n)).toList())
            .toList();
    LanePlan plan = LanePlan.balanced(groups, rowsPerShard);
    long[] single =
        groups.stream().flatMap(List::stream).mapToLong(LanePlan.Item::segments).toArray();
    assertThat(plan.lanes()).isGreaterThanOrEqualTo(balanced(single).lanes());
    for (int g = 0; g < groups.size(); g++) {
      LanePlan.Shards shards = plan.groups().get(g);
      int[] rows = new int[shards.lanes().size()];
      for (int i = 0; i < groups.get(g).size(); i++) {
        rows[shards.shardOf().get(i)] += groups.get(g).get(i).rows();
      }
      for (int shard = 0; shard < rows.length; shard++) {
        assertThat(rows[shard]).isPositive().isLessThan(rowsPerShard + 300);
        assertThat(shards.lanes().get(shard)).isBetween(0, plan.lanes() - 1);
      }
    }
  }

  @Test
  void shardsAreLargeWhereTheLanesAreEvenWithThem() {
    // As the public logs are, taken whole: 100 files of about 1000 episodes.
    List<List<LanePlan.Item>> groups = new ArrayList<>();
    for (int file = 0; file < 100; file++) {
      List<LanePlan.Item> episodes = new ArrayList<>();
      for (int e = 0; e < 1000; e++) {
        int length = 500 + 7 * ((file + e) % 143);
        episodes.add(new LanePlan.Item(length / 4, length));
      }
      groups.add(episodes);
    }
    LanePlan plan = LanePlan.balanced(groups, 65_536);
    assertThat(plan.lanes()).isEqualTo(64);
    int shards = plan.groups().stream().mapToInt(group -> group.lanes().size()).sum();
    assertThat(shards).isBetween(100 * 15, 100 * 17);
  }

  /** Each episode in a group of its own. */
  private static LanePlan balanced(long[] segments) {
    return LanePlan.balanced(
        Arrays.stream(segments).mapToObj(n -> List.of(new LanePlan.Item(n, (int) n))).toList(),
        Integer.MAX_VALUE);
  }
}
