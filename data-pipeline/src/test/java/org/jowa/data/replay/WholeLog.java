package org.jowa.data.replay;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.jowa.env.game.Game;

/**
 * A small log read whole, its checkpoints one by one as tasks read them.
 *
 * @param episodes the steps of each ended episode
 */
record WholeLog(ReplayScan scan, List<List<Step>> episodes, LeftOut leftOut) {
  /**
   * @param frame the value of the frame's last pixel
   */
  record Step(int frame, int action, float reward, boolean terminal) {}

  private record Row(byte[] frame, int action, float reward, boolean terminal) {}

  static WholeLog read(java.nio.file.Path root, Game game, int run, ReplayRows rows) {
    ReplayLogs logs = ReplayLogs.at(root.toString(), new Configuration());
    ReplayLog log = logs.log(game, run);
    if (!log.incomplete().isEmpty()) {
      throw log.missing(log.incomplete().get(0));
    }
    ReplayLogReader reader = ReplayLogReader.of(log, rows);
    List<CheckpointScan> scans =
        log.checkpoints().stream()
            .filter(n -> rows != ReplayRows.REFERENCE || n > 0)
            .map(reader::scan)
            .toList();
    ReplayScan scan = ReplayScan.join(scans, rows, logs.recording(game, run));
    Map<Part, List<Row>> read = new HashMap<>();
    for (ReplayScan.Checkpoint checkpoint : scan.checkpoints()) {
      List<Part> parts =
          scan.episodes().stream()
              .flatMap(episode -> episode.parts().stream())
              .filter(part -> part.checkpoint() == checkpoint.number())
              .sorted(Comparator.comparingLong(Part::firstRow))
              .toList();
      reader.read(
          checkpoint.number(),
          checkpoint.rows(),
          parts,
          (part, frames, offset, action, reward, terminal) ->
              read.computeIfAbsent(parts.get(part), p -> new ArrayList<>())
                  .add(
                      new Row(
                          java.util.Arrays.copyOfRange(frames, offset, offset + 7056),
                          action,
                          reward,
                          terminal)));
    }
    List<List<Step>> episodes = new ArrayList<>();
    EpisodeRows steps =
        new EpisodeRows(
            rows,
            (frames, offset, action, reward, terminal) ->
                episodes
                    .get(episodes.size() - 1)
                    .add(new Step(frames[offset + 7055], action, reward, terminal)));
    for (LoggedEpisode episode : scan.episodes()) {
      episodes.add(new ArrayList<>());
      steps.begin();
      for (Part part : episode.parts()) {
        for (Row row : read.get(part)) {
          steps.row(row.frame(), 0, row.action(), row.reward(), row.terminal());
        }
      }
    }
    return new WholeLog(
        scan, episodes, scan.leftOut().plus(new LeftOut(steps.paddingRows(), 0, 0, 0, 0)));
  }

  /** The frames of each episode. */
  List<List<Integer>> frames() {
    return episodes.stream().map(episode -> episode.stream().map(Step::frame).toList()).toList();
  }
}
