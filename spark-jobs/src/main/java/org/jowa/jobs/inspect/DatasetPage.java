package org.jowa.jobs.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Manifest.GameStatistics;
import org.jowa.data.dataset.Play;
import org.jowa.data.dataset.StoredEpisode;
import org.jowa.data.replay.Recording;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.html.Histogram;
import org.jowa.jobs.html.Html;
import org.jowa.jobs.html.Numbers;
import org.jowa.jobs.html.Table;
import org.jowa.jobs.media.Pictures;
import org.jowa.jobs.spark.SparkJobs;

/**
 * A data set as one HTML page: histograms and a contact sheet for each game, and where it is from.
 */
public final class DatasetPage {

  private final Dataset dataset;
  private final Manifest manifest;

  private DatasetPage(Dataset dataset) {
    this.dataset = dataset;
    this.manifest = dataset.manifest();
  }

  /**
   * @param data URI of the data set
   * @param file of the page, on the driver's disk
   * @throws InvalidInputException when there is no data set, or no way to write the file
   */
  public static void write(String data, Path file) {
    String page = of(Dataset.open(data, SparkJobs.hadoop()));
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.writeString(file, page);
    } catch (IOException e) {
      throw new InvalidInputException(
          "Can't write the page %s: %s: give --html another file.".formatted(file, e), e);
    }
  }

  /** The page, with everything in it. */
  static String of(Dataset dataset) {
    return new DatasetPage(dataset).page();
  }

  private String page() {
    Html html = Html.page("JOWA data set");
    html.element("body").add(this::header).element("main");
    html.element("section").leaf("h2", "Games").add(gamesTable()).end();
    html.element("section").leaf("h2", "Play");
    for (GameStatistics game : manifest.games()) {
      html.add(h -> game(h, game));
    }
    html.end();
    html.element("section").leaf("h2", "Where it comes from").add(this::provenance).end();
    html.end();
    html.leaf(
        "footer", "Made by “bin/jowa inspect --html” from the data set alone; opens offline.");
    html.end().end();
    return html.document();
  }

  private void header(Html html) {
    html.element("header").element("div", "class", "title");
    html.leaf("p", "JOWA on Spark · data set", "class", "overline")
        .leaf("h1", String.join(", ", headGames()));
    html.leaf(
            "p",
            "Recorded play of %s, whole episodes, as the manifest tells it."
                .formatted(
                    manifest.games().size() == 1 ? "one game" : manifest.games().size() + " games"),
            "class",
            "lead")
        .end();
    html.element("dl", "class", "figures");
    figure(html, "Steps", manifest.steps(), "each with its frame, action and reward");
    figure(
        html,
        "Episodes",
        manifest.episodes(),
        "%s of them held out of training"
            .formatted(
                Numbers.count(
                    manifest.games().stream().mapToLong(GameStatistics::heldOutEpisodes).sum())));
    figure(
        html,
        "Segments",
        manifest.segments(),
        String.format(
            Locale.ROOT,
            "of %d steps, %d apart",
            manifest.segmentRule().length(),
            manifest.segmentRule().stride()));
    figure(
        html,
        "Lanes",
        manifest.lanes().size(),
        "%s shards, %s MB"
            .formatted(
                Numbers.count(manifest.shards().size()),
                Numbers.count(
                    manifest.shards().stream().mapToLong(shard -> shard.bytes()).sum()
                        / 1_000_000)));
    html.end().end();
  }

  private List<String> headGames() {
    List<String> games = dataset.games();
    return games.size() <= 4
        ? games
        : List.of(games.get(0), games.get(1), games.get(2), (games.size() - 3) + " more");
  }

  private static void figure(Html html, String label, long value, String beside) {
    html.element("div")
        .leaf("dt", label)
        .leaf("dd", Numbers.count(value), "class", "value")
        .leaf("dd", beside, "class", "beside")
        .end();
  }

  private Table gamesTable() {
    Table table =
        Table.of(
            "What is stored; returns are sums of the rewards in the logs, clipped as a rule",
            "Game",
            "Steps",
            "Episodes",
            "Held out",
            "Mean return",
            "Median",
            "Min to max",
            "Mean length",
            "Steps with reward");
    for (GameStatistics game : manifest.games()) {
      Play play = game.play();
      table.row(
          game.game(),
          Numbers.count(game.steps()),
          Numbers.count(game.episodes()),
          Numbers.count(game.heldOutEpisodes()),
          play == null ? Numbers.UNKNOWN : Numbers.score(play.returns().mean()),
          play == null ? Numbers.UNKNOWN : Numbers.score(play.returns().median()),
          play == null
              ? Numbers.UNKNOWN
              : Numbers.score(play.returns().min()) + " to " + Numbers.score(play.returns().max()),
          play == null ? Numbers.UNKNOWN : Numbers.score(play.lengths().mean()),
          play == null ? Numbers.UNKNOWN : rewarded(play, game.steps()));
    }
    return table;
  }

  /** Share of the steps that brought a reward. */
  private static String rewarded(Play play, long steps) {
    long rewarded =
        play.rewards().stream()
            .filter(count -> count.reward() != 0)
            .mapToLong(count -> count.steps())
            .sum();
    return String.format(Locale.ROOT, "%.1f%%", 100.0 * rewarded / steps);
  }

  private void game(Html html, GameStatistics game) {
    List<StoredEpisode> episodes =
        dataset.episodes().all().stream().filter(e -> e.game() == game.id()).toList();
    double[] raw =
        episodes.stream()
            .map(StoredEpisode::rawReturn)
            .filter(Objects::nonNull)
            .mapToDouble(Double::doubleValue)
            .toArray();
    html.element("article").leaf("h3", game.game());
    html.element("div", "class", "charts");
    html.add(
        raw.length == episodes.size()
            ? Histogram.of("Returns, unclipped", "episodes", raw)
            : Histogram.of(
                "Returns, as clipped in the log",
                "episodes",
                episodes.stream().mapToDouble(StoredEpisode::rewardSum).toArray()));
    html.add(
        Histogram.of(
            "Length in steps",
            "episodes",
            episodes.stream().mapToDouble(StoredEpisode::length).toArray()));
    if (game.play() != null) {
      html.add(
          Histogram.of(
              "Actions, by id in the full set of 18",
              "steps",
              IntStream.range(0, Games.FULL_ACTIONS).mapToObj(Integer::toString).toList(),
              game.play().actions().stream().mapToLong(Long::longValue).toArray()));
    }
    html.end();
    ContactSheet sheet = ContactSheet.of(dataset, episodes);
    html.element("figure", "class", "sheet")
        .empty(
            "img",
            "src",
            Pictures.dataAddress("png", Pictures.png(sheet.gray(), sheet.width(), sheet.height())),
            "alt",
            sheet.description(game.game()),
            "width",
            Integer.toString(sheet.width()),
            "height",
            Integer.toString(sheet.height()))
        .leaf("figcaption", sheet.description(game.game()))
        .end();
    html.end();
  }

  private void provenance(Html html) {
    Manifest.Provenance provenance = manifest.provenance();
    html.element("dl", "class", "pairs");
    pair(html, "Logs", provenance.source());
    pair(
        html,
        "Taken",
        provenance.stepsPerGame() == null
            ? "every ended episode once"
            : "about " + Numbers.count(provenance.stepsPerGame()) + " steps a game, drawn");
    pair(html, "Seed", Long.toString(provenance.seed()));
    pair(html, "Content", manifest.contentHash());
    html.end();
    Table table =
        Table.of(
            "Runs of the logs",
            "Game and run",
            "Files",
            "Episodes taken",
            "of",
            "Rows left out",
            "of episodes without a beginning",
            "Player",
            "ROM (MD5)");
    for (Manifest.Run run : provenance.runs()) {
      Recording recording = run.recording();
      table.row(
          run.game() + " " + run.run(),
          Numbers.count(run.checkpoints().size()),
          Numbers.count(run.episodesTaken()),
          Numbers.count(run.episodesEnded()),
          Numbers.count(run.leftOut().rows()),
          Numbers.count(run.leftOut().headlessRows()),
          recording == null ? "not told" : recording.policy(),
          recording == null || recording.romMd5() == null ? "not told" : recording.romMd5());
    }
    html.add(table);
  }

  private static void pair(Html html, String term, String text) {
    html.leaf("dt", term).leaf("dd", text);
  }
}
