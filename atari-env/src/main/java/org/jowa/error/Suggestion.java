package org.jowa.error;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds what a user probably meant by a name that we don't know. */
public final class Suggestion {
  private Suggestion() {}

  /**
   * The known name nearest to {@code name} by edit distance, without regard to case.
   *
   * @return empty when nothing known is near: more than half of the letters would have to change
   */
  public static Optional<String> nearest(String name, Collection<String> known) {
    String wanted = name.toLowerCase(Locale.ROOT);
    String best = null;
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : known) {
      int distance = editDistance(wanted, candidate.toLowerCase(Locale.ROOT));
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    if (best == null || bestDistance > Math.max(name.length(), best.length()) / 2) {
      return Optional.empty();
    }
    return Optional.of(best);
  }

  /** {@code "; did you mean X?"}, or nothing when no known name is near: the tail of a message. */
  public static String didYouMean(String name, Collection<String> known) {
    return nearest(name, known).map(near -> "; did you mean " + near + "?").orElse("");
  }

  private static int editDistance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
      }
      int[] swap = previous;
      previous = current;
      current = swap;
    }
    return previous[b.length()];
  }
}
