package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jowa.env.game.Games;
import org.jowa.env.game.ReferenceScores;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.html.Table;
import org.jowa.jobs.scores.PublishedJowa;
import org.jowa.jobs.scores.Scores;

/** Agents of ours beside the published JOWA, DQN and human, over games that all of them played. */
final class BesidePublished {
  /** Where the numbers come from and what they can be compared with. */
  static final String SOURCES =
      "Random and human: the usual reference scores of papers since 2015. DQN: last iteration of"
          + " Dopamine's baseline, mean of 5 trainings, sticky actions 0.25. JOWA: its published"
          + " result files, 16 episodes of one checkpoint, sticky actions off, planner settings of"
          + " each game chosen on these scores.";

  private BesidePublished() {}

  /**
   * A player with a score in every game that it is asked for.
   *
   * @param mean raw return by game
   */
  record Player(String name, ToDoubleFunction<String> mean) {}

  /** The published sizes that have a score in one of these games: all or none. */
  static List<PublishedJowa> sizes(List<String> games) {
    return games.stream().anyMatch(PublishedJowa::knows)
        ? List.of(PublishedJowa.values())
        : List.of();
  }

  /** Headings of the published sizes. */
  static List<String> headings(List<String> games, boolean planning) {
    return sizes(games).stream().map(size -> heading(size, planning)).toList();
  }

  private static String heading(PublishedJowa size, boolean planning) {
    return size.title() + (planning ? "" : ", no planning");
  }

  /** Their mean raw returns in one of the games. */
  static List<String> cells(List<String> games, String game, boolean planning) {
    return sizes(games).stream()
        .map(
            size ->
                PublishedJowa.knows(game)
                    ? Numbers.score(size.score(game, planning))
                    : Numbers.UNKNOWN)
        .toList();
  }

  /**
   * Aggregates over the games of JOWA's papers among those given, or over all that have reference
   * scores where none is.
   *
   * @param ours rows to begin with
   * @param games that ours have scores of
   * @param planning whether to show JOWA with planning or without
   */
  static Table aggregates(List<Player> ours, List<String> games, boolean planning) {
    List<PublishedJowa> sizes = sizes(games);
    Predicate<String> shared =
        sizes.isEmpty() ? game -> Games.byName(game).scores().isPresent() : PublishedJowa::knows;
    List<String> over = games.stream().filter(shared).toList();
    List<Player> players = new ArrayList<>(ours);
    for (int i = sizes.size() - 1; i >= 0; i--) {
      PublishedJowa size = sizes.get(i);
      players.add(new Player(heading(size, planning), game -> size.score(game, planning)));
    }
    players.add(new Player("DQN", game -> scores(game).dqn()));
    players.add(new Player("Human", game -> scores(game).human()));
    Table table =
        Table.of(
            "Beside published agents, over " + Words.games(over),
            "Player",
            "IQM of game means, human-normalised",
            "Median",
            "IQM of game means, DQN-normalised",
            "Games above human");
    for (Player player : players) {
      double[] human = means(player, over, true);
      double[] dqn = means(player, over, false);
      long above =
          over.stream()
              .filter(game -> player.mean().applyAsDouble(game) > scores(game).human())
              .count();
      table.row(
          player.name(),
          Numbers.normalised(Scores.interquartileMean(human)),
          Numbers.normalised(Scores.median(human)),
          Numbers.normalised(Scores.interquartileMean(dqn)),
          above + " of " + over.size());
    }
    return table;
  }

  /** IQM of human-normalised game means of a published size. */
  static double iqm(PublishedJowa size, List<String> games, boolean planning) {
    return Scores.interquartileMean(
        means(new Player("", game -> size.score(game, planning)), games, true));
  }

  private static double[] means(Player player, List<String> games, boolean human) {
    return games.stream()
        .mapToDouble(
            game -> {
              double mean = player.mean().applyAsDouble(game);
              return human ? scores(game).humanNormalised(mean) : scores(game).dqnNormalised(mean);
            })
        .toArray();
  }

  private static ReferenceScores scores(String game) {
    return Games.byName(game).scores().orElseThrow();
  }
}
