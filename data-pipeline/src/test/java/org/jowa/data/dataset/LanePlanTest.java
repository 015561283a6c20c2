package org.jowa.data.dataset;

import static org.assertj.core.api.Assertions.assertThat;

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
    LanePlan plan = LanePlan.balanced(segments);
    long[] loads = new long[plan.lanes()];
    for (int i = 0; i < segments.length; i++) {
      loads[plan.laneOf()[i]] += segments[i];
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
    assertThat(LanePlan.balanced(equal).lanes()).isEqualTo(64);
    assertThat(LanePlan.balanced(Arrays.copyOf(equal, 63)).lanes()).isEqualTo(2);
    assertThat(LanePlan.balanced(Arrays.copyOf(equal, 16)).lanes()).isEqualTo(16);
    assertThat(LanePlan.balanced(new long[] {100, 95}).lanes()).isEqualTo(2);
  }

  @Test
  void twoRanksFindTwoLanesInASmallDataSetUnlessTheyWouldBeVeryUneven() {
    long[] equal = new long[17];
    Arrays.fill(equal, 10);
    assertThat(LanePlan.balanced(equal).lanes()).isEqualTo(2);
    assertThat(LanePlan.balanced(new long[] {100, 75}).lanes()).isEqualTo(2);
    assertThat(LanePlan.balanced(new long[] {100, 74}).lanes()).isEqualTo(1);
    assertThat(LanePlan.balanced(new long[] {100}).lanes()).isEqualTo(1);
  }
}
