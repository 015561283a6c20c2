package org.jowa.jobs.results;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * An episode of a game that an evaluation keeps a clip of.
 *
 * @param kind why this one
 */
public record ShownEpisode(Kind kind, EpisodeResult episode) {
  /** Agent steps that a clip shows at most, about half a minute on a console. */
  public static final int LONGEST_CLIP = 450;

  /** Why an episode is shown. */
  public enum Kind {
    /** The middle one by return, or the lower of two; its beginning is shown. */
    TYPICAL,
    /** Of the highest return; its end is shown. */
    BEST,
    /** Of the lowest return; its end is shown. */
    WORST;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What to show of a game: the typical, the best and the worst episode, each episode and each
   * outcome once.
   *
   * @param episodes of one game, at least one
   */
  public static List<ShownEpisode> of(List<EpisodeResult> episodes) {
    List<EpisodeResult> ascending = new ArrayList<>(episodes);
    ascending.sort(
        Comparator.comparingDouble(EpisodeResult::rawReturn)
            .thenComparingInt(EpisodeResult::steps)
            .thenComparingInt(EpisodeResult::episode));
    List<ShownEpisode> shown = new ArrayList<>();
    EpisodeResult best = ascending.get(ascending.size() - 1);
    EpisodeResult worst = ascending.get(0);
    if (!sameOutcome(best, worst)) {
      shown.add(new ShownEpisode(Kind.BEST, best));
      shown.add(new ShownEpisode(Kind.WORST, worst));
    }
    EpisodeResult typical = ascending.get((ascending.size() - 1) / 2);
    if (shown.stream().noneMatch(other -> sameOutcome(other.episode, typical))) {
      shown.add(0, new ShownEpisode(Kind.TYPICAL, typical));
    }
    return shown;
  }

  private static boolean sameOutcome(EpisodeResult a, EpisodeResult b) {
    return a.rawReturn() == b.rawReturn() && a.steps() == b.steps();
  }

  /** Its clip within {@code evaluation/<name>/}. */
  public String file() {
    return "clips/%s-%s.gif".formatted(episode.game(), kind);
  }

  /** The step that its clip begins at. */
  public int firstStep() {
    return kind == Kind.TYPICAL ? 0 : Math.max(0, episode.steps() - LONGEST_CLIP);
  }

  /** The step before which its clip ends. */
  public int endStep() {
    return Math.min(episode.steps(), firstStep() + LONGEST_CLIP);
  }
}
