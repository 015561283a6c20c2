package org.jowa.jobs.results;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jowa.env.game.Games;
import org.jowa.env.game.ReferenceScores;

/** Every episode's score as comma-separated values, to be read by other programs. */
public final class RawScores {
  /** File name within an evaluation's folder. */
  public static final String FILE = "scores.csv";

  private static final String COLUMNS =
      "game,player,evaluation_seed,episode,emulator_seed,raw_return,steps,cut,human_normalised";

  private RawScores() {}

  /** The scores of an evaluation, those of its random player included. */
  public static String of(EvaluationSummary summary) {
    StringBuilder text = new StringBuilder(COLUMNS).append('\n');
    lines(text, "", summary);
    return text.toString();
  }

  /**
   * An evaluation that stands beside others.
   *
   * @param label of what the run stands for
   * @param run its folder
   */
  public record Labelled(String label, String run, EvaluationSummary summary) {}

  /** The scores of compared runs, with two columns more that name them. */
  public static String of(List<Labelled> runs) {
    StringBuilder text = new StringBuilder("label,run,").append(COLUMNS).append('\n');
    for (Labelled run : runs) {
      lines(text, quoted(run.label()) + "," + quoted(run.run()) + ",", run.summary());
    }
    return text.toString();
  }

  private static void lines(StringBuilder text, String before, EvaluationSummary summary) {
    for (GameResult game : summary.games()) {
      Optional<ReferenceScores> published = Games.byName(game.game()).scores();
      for (EpisodeResult episode : game.episodes()) {
        line(text.append(before), "agent", summary.seed(), episode, published);
      }
      for (EpisodeResult episode : game.randomEpisodes()) {
        line(text.append(before), "random", summary.seed(), episode, published);
      }
    }
  }

  private static void line(
      StringBuilder text,
      String player,
      long seed,
      EpisodeResult episode,
      Optional<ReferenceScores> published) {
    text.append(
        String.format(
            Locale.ROOT,
            "%s,%s,%d,%d,%d,%s,%d,%s,%s\n",
            episode.game(),
            player,
            seed,
            episode.episode(),
            episode.seed(),
            episode.rawReturn(),
            episode.steps(),
            episode.truncated(),
            published
                .map(scores -> Double.toString(scores.humanNormalised(episode.rawReturn())))
                .orElse("")));
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\"", "\"\"") + "\"";
  }
}
