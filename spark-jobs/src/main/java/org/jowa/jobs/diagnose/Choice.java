package org.jowa.jobs.diagnose;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jowa.data.sample.KeyedHash;
import org.jowa.data.sample.Padding;
import org.jowa.data.sample.Permutation;
import org.jowa.data.sample.Segmentation;
import org.jowa.model.diagnosis.ModelDiagnosis.Use;

/** Draws windows of a game's episodes; the same for the same seed, whoever draws. */
final class Choice {
  private static final int EPISODES = 0;
  private static final int DRAWN = 1;
  private static final int EVENTS = 2;
  private static final int BEST = 3;
  private static final int FREE = 4;

  /** One episode in so many, those of the largest returns, shows how to play. */
  private static final int BEST_OF = 4;

  private final long key;

  /**
   * @param seed of the run
   * @param game id
   */
  Choice(long seed, int game) {
    key = KeyedHash.derive(seed, game);
  }

  /**
   * Steps of an episode to read.
   *
   * @param episode index among those given
   * @param start first step
   * @param length steps
   * @param uses what for
   */
  record Place(int episode, int start, int length, Set<Use> uses) {}

  /** At most so many of {@code n}, in their order. */
  int[] episodes(int n, int most) {
    return LongStream.of(draw(EPISODES, n, most)).sorted().mapToInt(Math::toIntExact).toArray();
  }

  /**
   * Windows as a model reads them, in the order of episodes and steps.
   *
   * @param episodes rewards of every step of each
   * @param returns of the episodes, to find the best
   * @param steps longest window
   * @param most windows drawn evenly; half as many of those with a reward or an end, and of the
   *     best episodes
   */
  List<Place> windows(List<float[]> episodes, double[] returns, int steps, int most) {
    Segmentation segmentation = new Segmentation(steps, Math.max(1, steps / 2), Padding.RIGHT);
    List<Place> all = new ArrayList<>();
    for (int episode = 0; episode < episodes.size(); episode++) {
      int length = episodes.get(episode).length;
      for (int i = 0; i < segmentation.count(length); i++) {
        int start = segmentation.start(i, length);
        all.add(
            new Place(episode, start, Math.min(steps, length - start), EnumSet.noneOf(Use.class)));
      }
    }
    int half = Math.max(1, most / 2);
    mark(all, DRAWN, most, Use.DRAWN);
    mark(
        all.stream().filter(place -> hasEvent(place, episodes.get(place.episode()))).toList(),
        EVENTS,
        half,
        Use.EVENT);
    Set<Integer> best = best(returns);
    mark(
        all.stream().filter(place -> best.contains(place.episode())).toList(),
        BEST,
        half,
        Use.BEST);
    return all.stream().filter(place -> !place.uses().isEmpty()).toList();
  }

  private void mark(List<Place> places, int what, int most, Use use) {
    for (long i : draw(what, places.size(), most)) {
      places.get((int) i).uses().add(use);
    }
  }

  /** Its last step is an episode's end. */
  private static boolean hasEvent(Place place, float[] rewards) {
    int end = place.start() + place.length();
    return end == rewards.length
        || IntStream.range(place.start(), end).anyMatch(step -> rewards[step] != 0);
  }

  /** The episodes of the largest returns, a quarter of them and at least one. */
  static Set<Integer> best(double[] returns) {
    int count = Math.max(1, returns.length / BEST_OF);
    return Set.copyOf(
        IntStream.range(0, returns.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer episode) -> -returns[episode]))
            .limit(count)
            .toList());
  }

  /**
   * Windows to run freely in, all of the same length.
   *
   * @param lengths of the episodes
   * @param steps of a window; shorter episodes have none
   */
  List<Place> free(int[] lengths, int steps, int most) {
    TreeMap<Long, Integer> first = new TreeMap<>();
    long places = 0;
    for (int episode = 0; episode < lengths.length; episode++) {
      if (lengths[episode] >= steps) {
        first.put(places, episode);
        places += lengths[episode] - steps + 1;
      }
    }
    return LongStream.of(draw(FREE, places, most))
        .sorted()
        .mapToObj(
            place ->
                new Place(
                    first.floorEntry(place).getValue(),
                    (int) (place - first.floorKey(place)),
                    steps,
                    Set.of()))
        .toList();
  }

  private long[] draw(int what, long of, int most) {
    return LongStream.range(0, Math.min(of, most))
        .map(i -> Permutation.apply(KeyedHash.derive(key, what), of, i))
        .toArray();
  }
}
