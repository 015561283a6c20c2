package org.jowa.jobs.config;

import java.util.Collection;
import java.util.Comparator;

/** The word that a mistyped one was probably meant to be. */
public final class Nearest {
  private Nearest() {}

  /**
   * @param word as typed
   * @param words at least one
   * @return the one with the fewest letters to insert, remove or change
   */
  public static String to(String word, Collection<String> words) {
    return words.stream()
        .min(Comparator.comparingInt(candidate -> distance(word, candidate)))
        .orElseThrow();
  }

  /** Levenshtein's distance, one row at a time. */
  static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, 1 + Math.min(previous[j], row[j - 1]));
      }
      previous = row;
    }
    return previous[b.length()];
  }
}
