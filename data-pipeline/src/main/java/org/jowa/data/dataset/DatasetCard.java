package org.jowa.data.dataset;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.jowa.data.replay.Recording;
import org.jowa.env.game.Games;

/** {@value #FILE_NAME} of a data set: what it holds and where it comes from, for people. */
public final class DatasetCard {
  public static final String FILE_NAME = "README.md";

  private DatasetCard() {}

  public static String of(Manifest manifest) {
    StringBuilder text = new StringBuilder();
    text.append("# Atari play of ").append(manifest.games().size()).append(" games\n\n");
    line(
        text,
        "%,d steps in %,d whole episodes (%,d of them never trained on), cut into %,d segments of"
            + " %d steps; %d lanes, %,d shards of frames, %,d bytes.",
        manifest.steps(),
        manifest.episodes(),
        manifest.games().stream().mapToLong(Manifest.GameStatistics::heldOutEpisodes).sum(),
        manifest.segments(),
        manifest.segmentRule().length(),
        manifest.lanes().size(),
        manifest.shards().size(),
        manifest.shards().stream().mapToLong(Shard::bytes).sum());
    line(text, "Content `%s`, layout version %d.", manifest.contentHash(), manifest.version());
    games(text, manifest);
    actions(text, manifest);
    provenance(text, manifest.provenance());
    text.append(
        """
        ## How to read it

        `bin/jowa inspect DATASET --verify` compares every byte with `manifest.json`. Frame shards
        are Arrow IPC files (ZSTD): `observation` (84 x 84 bytes), `action` (id in the full set of
        18), `reward` (as in the log), `terminal`, `episode`. `episodes.arrow` has a row an episode.
        In Spark: `spark.read().format("jowa").load(DATASET)`.
        """);
    return text.toString();
  }

  private static void games(StringBuilder text, Manifest manifest) {
    text.append("## Games\n\n");
    text.append(
        "| game | steps | episodes | held out | mean return | median | min to max | mean length |"
            + " rewards |\n|---|--:|--:|--:|--:|--:|--:|--:|---|\n");
    for (Manifest.GameStatistics game : manifest.games()) {
      Play play = play(game);
      text.append(
          format(
              "| %s | %,d | %,d | %,d | %s | %s | %s | %s | %s |%n",
              game.game(),
              game.steps(),
              game.episodes(),
              game.heldOutEpisodes(),
              number(play.returns().mean()),
              number(play.returns().median()),
              number(play.returns().min()) + " to " + number(play.returns().max()),
              number(play.lengths().mean()),
              rewards(play.rewards())));
    }
    text.append(
        "\n"
            + "Returns are sums of the rewards in the logs, which are clipped to -1..1 as a rule;"
            + " rewards are given with the number of steps that have them.\n\n");
    for (Manifest.GameStatistics game : manifest.games()) {
      Manifest.RawReturns raw = game.rawReturns();
      if (raw != null) {
        line(
            text,
            "Unclipped returns of %s, known for %,d episodes: mean %s, %s to %s.",
            game.game(),
            raw.episodes(),
            number(raw.mean()),
            number(raw.min()),
            number(raw.max()));
      }
    }
  }

  private static Play play(Manifest.GameStatistics game) {
    return requireNonNull(game.play(), "not known of data sets of version 1, which had no card");
  }

  private static String rewards(List<Play.RewardCount> rewards) {
    int shown = 5;
    StringBuilder text = new StringBuilder();
    for (Play.RewardCount count : rewards.subList(0, Math.min(shown, rewards.size()))) {
      text.append(text.isEmpty() ? "" : ", ")
          .append(format("%s: %,d", number(count.reward()), count.steps()));
    }
    return rewards.size() > shown ? text + ", ..." : text.toString();
  }

  private static void actions(StringBuilder text, Manifest manifest) {
    text.append("## Share of each action, in percent\n\n| game |");
    for (int action = 0; action < Games.FULL_ACTIONS; action++) {
      text.append(' ').append(action).append(" |");
    }
    text.append("\n|---|").append("--:|".repeat(Games.FULL_ACTIONS)).append('\n');
    for (Manifest.GameStatistics game : manifest.games()) {
      text.append("| ").append(game.game()).append(" |");
      for (long steps : play(game).actions()) {
        text.append(steps == 0 ? " |" : format(" %.1f |", 100.0 * steps / game.steps()));
      }
      text.append('\n');
    }
    text.append('\n');
  }

  private static void provenance(StringBuilder text, Manifest.Provenance provenance) {
    text.append("## Where it comes from\n\n");
    line(
        text,
        "Logs in the DQN-Replay layout from `%s`; rows: %s; %s; seed %d; %s of each game's episodes"
            + " held out.",
        provenance.source(),
        provenance.rows().name().toLowerCase(Locale.ROOT),
        provenance.stepsPerGame() == null
            ? "every ended episode once"
            : format("about %,d steps a game drawn", provenance.stepsPerGame()),
        provenance.seed(),
        format("%.0f%%", 100 * provenance.heldOutFraction()));
    text.append(
        "| game | run | files | episodes taken of | rows left out | player | ROM (MD5) |\n");
    text.append("|---|--:|--:|--:|--:|---|---|\n");
    for (Manifest.Run run : provenance.runs()) {
      Recording recording = run.recording();
      text.append(
          format(
              "| %s | %d | %,d | %,d of %,d | %,d | %s | %s |%n",
              run.game(),
              run.run(),
              run.checkpoints().size(),
              run.episodesTaken(),
              run.episodesEnded(),
              run.leftOut().rows(),
              recording == null
                  ? "not told"
                  : "%s, sticky actions %s"
                      .formatted(recording.policy(), recording.stickyActions()),
              recording == null || recording.romMd5() == null
                  ? "not told"
                  : "`" + recording.romMd5() + "`"));
    }
    text.append('\n');
    headless(text, provenance);
    if (!provenance.skipped().isEmpty()) {
      line(
          text,
          "%,d files of the logs were missing or damaged and are left out; manifest.json lists"
              + " them.",
          provenance.skipped().size());
    }
    TreeSet<String> unknown = new TreeSet<>();
    provenance.runs().stream()
        .filter(run -> run.recording() == null)
        .forEach(run -> unknown.add(run.game()));
    if (!unknown.isEmpty()) {
      line(text, "The logs of %s don't tell who played.", String.join(", ", unknown));
    }
  }

  private static void headless(StringBuilder text, Manifest.Provenance provenance) {
    for (Manifest.Run run : provenance.runs()) {
      if (run.leftOut().headlessRows() > 0) {
        line(
            text,
            "Of the rows left out, %,d of %s, run %d belong to episodes whose beginning isn't in"
                + " the files.",
            run.leftOut().headlessRows(),
            run.game(),
            run.run());
      }
    }
  }

  private static String number(double value) {
    return value == Math.rint(value) ? format("%,.0f", value) : format("%,.2f", value);
  }

  private static void line(StringBuilder text, String pattern, Object... values) {
    text.append(format(pattern, values)).append("\n\n");
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
