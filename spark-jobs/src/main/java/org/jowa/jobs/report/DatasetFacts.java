package org.jowa.jobs.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Manifest.GameStatistics;
import org.jowa.data.dataset.Manifest.RawReturns;
import org.jowa.data.dataset.Manifest.Run;
import org.jowa.data.replay.LeftOut;
import org.jowa.data.replay.Recording;
import org.jspecify.annotations.Nullable;

/**
 * What a report tells about the data that a run was trained on.
 *
 * @param hash of the data set's content
 * @param source where its logs were, as given at ingest
 * @param lanes number of training lanes
 */
record DatasetFacts(String hash, String source, int lanes, List<GameFacts> games) {

  /**
   * One game's data.
   *
   * @param steps agent steps
   * @param heldOutEpisodes how many of the episodes were never trained on
   * @param players who played, in words
   * @param roms MD5 of the ROMs played, where the recorder told
   * @param leftOutRows rows of the logs that belong to no episode that is there whole
   * @param rawReturns the players' unclipped returns; null if the logs did not carry them, because
   *     sums of clipped rewards must not stand beside raw scores
   */
  record GameFacts(
      String game,
      long steps,
      long episodes,
      int heldOutEpisodes,
      String players,
      Set<String> roms,
      long leftOutRows,
      @Nullable RawReturns rawReturns) {}

  static DatasetFacts of(Manifest manifest) {
    List<GameFacts> games = new ArrayList<>();
    for (GameStatistics game : manifest.games()) {
      List<Run> runs =
          manifest.provenance().runs().stream()
              .filter(run -> run.game().equals(game.game()))
              .toList();
      games.add(
          new GameFacts(
              game.game(),
              game.steps(),
              game.episodes(),
              game.heldOutEpisodes(),
              players(runs),
              roms(runs),
              runs.stream()
                  .map(Run::leftOut)
                  .filter(Objects::nonNull)
                  .mapToLong(LeftOut::rows)
                  .sum(),
              game.rawReturns()));
    }
    games.sort(Comparator.comparing(GameFacts::game));
    return new DatasetFacts(
        manifest.contentHash(),
        manifest.provenance().source(),
        manifest.lanes().size(),
        List.copyOf(games));
  }

  long steps() {
    return games.stream().mapToLong(GameFacts::steps).sum();
  }

  long episodes() {
    return games.stream().mapToLong(GameFacts::episodes).sum();
  }

  int heldOutEpisodes() {
    return games.stream().mapToInt(GameFacts::heldOutEpisodes).sum();
  }

  private static String players(List<Run> runs) {
    Set<String> players = new TreeSet<>();
    for (Run run : runs) {
      Recording recording = run.recording();
      players.add(
          recording == null
              ? "log without notes on its player"
              : "policy %s, sticky actions %s"
                  .formatted(
                      recording.policy(),
                      recording.stickyActions() == 0
                          ? "off"
                          : Double.toString(recording.stickyActions())));
    }
    return String.join("; ", players) + " (" + Words.counted(runs.size(), "run") + ")";
  }

  private static Set<String> roms(List<Run> runs) {
    Set<String> roms = new TreeSet<>();
    for (Run run : runs) {
      if (run.recording() != null && run.recording().romMd5() != null) {
        roms.add(run.recording().romMd5());
      }
    }
    return roms;
  }
}
