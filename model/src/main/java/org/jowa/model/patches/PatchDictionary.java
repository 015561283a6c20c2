package org.jowa.model.patches;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * Chooses the patches that stand for all others. Games take turns, so that each gets an even share
 * of what it needs; a game whose patches are all there already lets the others have its turns. In
 * its turn a game takes the patch whose replacement by the nearest one chosen so far costs most:
 * its count times the squared distance of both {@linkplain Patch#smoothed smoothed}. So background
 * comes in first, and a patch that nearly equals a chosen one hardly ever.
 */
public final class PatchDictionary {
  /** Patches of a game that are looked at, the most frequent ones. */
  private static final int CANDIDATES = 32_768;

  private final List<Candidate> chosen = new ArrayList<>();

  private PatchDictionary() {}

  /** A patch that may be chosen, and what it costs not to. */
  private static final class Candidate {
    private final Patch patch;
    private final Patch look;
    private final int count;
    private int distance = Integer.MAX_VALUE;
    private int compared;

    Candidate(PatchCounts.Entry entry) {
      patch = entry.patch();
      look = patch.smoothed();
      count = entry.count();
    }

    long cost() {
      return (long) count * distance;
    }

    Patch patch() {
      return patch;
    }
  }

  /**
   * Chooses codes; equal counts give equal codes.
   *
   * @param games counts of each
   * @param size codes, if there are as many different patches
   * @return [codes, 196] gray values, at least 1 and at most {@code size} codes, all different
   */
  public static byte[][] choose(List<PatchCounts> games, int size) {
    PatchDictionary dictionary = new PatchDictionary();
    List<PriorityQueue<Candidate>> queues = new ArrayList<>();
    for (PatchCounts game : games) {
      PriorityQueue<Candidate> queue =
          new PriorityQueue<>(
              Comparator.comparingLong(Candidate::cost).reversed().thenComparing(Candidate::patch));
      game.mostFrequent(CANDIDATES).forEach(entry -> queue.add(new Candidate(entry)));
      queues.add(queue);
    }
    while (dictionary.chosen.size() < size) {
      Optional<PriorityQueue<Candidate>> dearest = Optional.empty();
      double most = 0;
      for (int i = 0; i < queues.size(); i++) {
        double cost = dictionary.next(queues.get(i)) / games.get(i).frames();
        if (cost > most) {
          most = cost;
          dearest = Optional.of(queues.get(i));
        }
      }
      if (dearest.isEmpty()) {
        break;
      }
      dictionary.chosen.add(dearest.get().remove());
    }
    return dictionary.chosen.stream().map(of -> of.patch.pixels()).toArray(byte[][]::new);
  }

  /**
   * Brings a game's costliest patch to the top. Costs only fall as patches are chosen, so one that
   * is up to date and still on top is the costliest, and most are never brought up to date.
   *
   * @return its cost; 0 if all the game's patches are there
   */
  private double next(PriorityQueue<Candidate> queue) {
    while (true) {
      Candidate top = queue.peek();
      if (top == null) {
        return 0;
      }
      if (top.compared == chosen.size()) {
        return top.cost();
      }
      queue.remove();
      for (; top.compared < chosen.size(); top.compared++) {
        top.distance = Math.min(top.distance, top.look.distance(chosen.get(top.compared).look));
      }
      if (top.distance > 0) {
        queue.add(top);
      }
    }
  }
}
