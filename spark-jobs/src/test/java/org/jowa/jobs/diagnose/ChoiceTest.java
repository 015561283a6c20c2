package org.jowa.jobs.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import org.jowa.jobs.diagnose.Choice.Place;
import org.jowa.model.diagnosis.ModelDiagnosis.Use;
import org.junit.jupiter.api.Test;

class ChoiceTest {
  private final Choice choice = new Choice(0, 43);

  @Test
  void isAFunctionOfSeedAndGame() {
    List<Place> places = places(choice, 10);
    assertThat(places(new Choice(0, 43), 10)).isEqualTo(places);
    assertThat(places(new Choice(1, 43), 10)).isNotEqualTo(places);
    assertThat(places(new Choice(0, 13), 10)).isNotEqualTo(places);
    assertThat(choice.episodes(100, 5)).hasSize(5).isSorted().doesNotHaveDuplicates();
    assertThat(choice.episodes(3, 5)).containsExactly(0, 1, 2);
  }

  @Test
  void windowsStayInTheirEpisodesAndAreAsManyAsAskedFor() {
    List<Place> places = places(choice, 10);
    assertThat(with(places, Use.DRAWN)).hasSize(10);
    assertThat(with(places, Use.EVENT)).hasSize(5);
    assertThat(with(places, Use.BEST)).hasSize(5);
    int[] lengths = {101, 30, 5, 64};
    for (Place place : places) {
      assertThat(place.length()).isBetween(1, 8);
      assertThat(place.start() + place.length()).isLessThanOrEqualTo(lengths[place.episode()]);
    }
    // With room for all there is every step.
    List<Place> all = with(places(choice, 1_000), Use.DRAWN);
    assertThat(all.stream().filter(p -> p.episode() == 2).mapToInt(Place::length).max())
        .hasValue(5);
    assertThat(all.stream().mapToInt(Place::length).sum()).isGreaterThanOrEqualTo(200);
  }

  @Test
  void rareEventsAndTheBestEpisodesAreFound() {
    List<Place> places = places(choice, 1_000);
    assertThat(with(places, Use.BEST)).isNotEmpty().allMatch(place -> place.episode() == 3);
    // Two windows hold step 40 of the first episode; the last windows of all hold an end.
    assertThat(with(places, Use.EVENT))
        .filteredOn(place -> place.episode() == 0)
        .extracting(Place::start)
        .contains(36, 40)
        .doesNotContain(32, 44);
    assertThat(Choice.best(new double[] {1, 5, 3, 4, 0, 0, 0, 0})).containsExactlyInAnyOrder(1, 3);
    assertThat(Choice.best(new double[] {-21})).containsExactly(0);
  }

  @Test
  void freeRunsHaveRoomForAllTheirSteps() {
    int[] lengths = {11, 12, 15};
    assertThat(choice.free(lengths, 12, 100))
        .extracting(Place::episode, Place::start)
        .containsExactlyInAnyOrder(tuple(1, 0), tuple(2, 0), tuple(2, 1), tuple(2, 2), tuple(2, 3));
    assertThat(choice.free(lengths, 12, 2)).hasSize(2);
    assertThat(choice.free(lengths, 16, 2)).isEmpty();
  }

  private static List<Place> places(Choice choice, int most) {
    List<float[]> rewards = new ArrayList<>();
    for (int length : new int[] {101, 30, 5, 64}) {
      rewards.add(new float[length]);
    }
    rewards.get(0)[40] = 1;
    return choice.windows(rewards, new double[] {1, -2, 0, 7}, 8, most);
  }

  private static List<Place> with(List<Place> places, Use use) {
    return places.stream().filter(place -> place.uses().contains(use)).toList();
  }
}
