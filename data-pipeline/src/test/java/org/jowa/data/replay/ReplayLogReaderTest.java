package org.jowa.data.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jowa.data.replay.NpyFiles.checkpoint;

import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.replay.NpyFiles.Row;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayLogReaderTest {
  private static final Game PONG = Games.byName("Pong");

  @TempDir Path root;

  @Test
  void episodesAreJoinedAcrossFilesAndTheTailIsCounted() {
    checkpoint(root, "Pong", 1, 0, List.of(step(1), step(2), end(3), step(4)), 4L);
    checkpoint(root, "Pong", 1, 1, List.of(step(5), step(6), step(7), step(8)), 8L);
    checkpoint(root, "Pong", 1, 2, List.of(end(9), step(10), step(11), step(12)), 12L);
    WholeLog read = read(ReplayRows.JOINED);
    assertThat(read.frames()).containsExactly(List.of(1, 2, 3), List.of(4, 5, 6, 7, 8, 9));
    assertThat(read.leftOut()).isEqualTo(new LeftOut(0, 0, 0, 3, 0));
    assertThat(read.scan().lengths()).containsExactly(3, 6);
  }

  @Test
  void checkpointsAreReadInNumericOrder() {
    checkpoint(root, "Pong", 1, 7, List.of(step(14), end(15)), null);
    for (int n = 8; n <= 11; n++) {
      checkpoint(root, "Pong", 1, n, List.of(step(2 * n), step(2 * n + 1)), null);
    }
    checkpoint(root, "Pong", 1, 12, List.of(step(24), end(25)), null);
    assertThat(read(ReplayRows.JOINED).frames())
        .containsExactly(List.of(16, 17, 18, 19, 20, 21, 22, 23, 24, 25));
  }

  @Test
  void threeZeroRowsBeforeAnEpisodeAreLeftOutEvenAcrossFiles() {
    checkpoint(
        root, "Pong", 1, 0, List.of(Row.ZERO, Row.ZERO, Row.ZERO, step(1), end(2), Row.ZERO), 6L);
    checkpoint(
        root, "Pong", 1, 1, List.of(Row.ZERO, Row.ZERO, step(3), step(4), end(5), Row.ZERO), 12L);
    WholeLog read = read(ReplayRows.JOINED);
    assertThat(read.frames()).containsExactly(List.of(1, 2), List.of(3, 4, 5));
    assertThat(read.leftOut()).isEqualTo(new LeftOut(6, 0, 0, 1, 0));
    assertThat(read.scan().lengths()).containsExactly(2, 3);
  }

  @Test
  void zeroRowsThatAreNotThreeOrNotAtTheStartAreSteps() {
    checkpoint(
        root,
        "Pong",
        1,
        0,
        List.of(
            Row.ZERO, Row.ZERO, step(1), Row.ZERO, Row.ZERO, Row.ZERO,
            end(2), // two, then three within
            Row.ZERO, Row.ZERO, Row.ZERO, Row.ZERO, end(3)),
        null);
    WholeLog read = read(ReplayRows.JOINED);
    assertThat(read.frames()).containsExactly(List.of(0, 0, 1, 0, 0, 0, 2), List.of(0, 3));
    assertThat(read.leftOut().paddingRows()).isEqualTo(3);
  }

  @Test
  void aNoopAtTheStartWithAFrameIsAStep() {
    Row noop = new Row(7, 0, 0, 0);
    checkpoint(
        root, "Pong", 1, 0, List.of(noop, noop, noop, end(3), noop, noop, noop, end(4)), null);
    WholeLog read = read(ReplayRows.JOINED);
    assertThat(read.frames()).containsExactly(List.of(7, 7, 7, 3), List.of(7, 7, 7, 4));
    assertThat(read.leftOut()).isEqualTo(LeftOut.NOTHING);
  }

  @Test
  void theLastRowOfAFileIsPutBackBeforeItsFirstRow() {
    // What the original logger writes: saved with capacity-1 rows, the last place being older.
    checkpoint(root, "Pong", 1, 0, List.of(step(1), step(2), step(3), step(99)), 3L);
    checkpoint(root, "Pong", 1, 1, List.of(end(5), step(6), step(7), step(4)), 7L);
    checkpoint(root, "Pong", 1, 2, List.of(step(9), step(10), end(11), step(8)), 11L);
    WholeLog read = read(ReplayRows.JOINED);
    assertThat(read.frames()).containsExactly(List.of(1, 2, 3, 4, 5), List.of(6, 7, 8, 9, 10, 11));
    assertThat(read.leftOut()).isEqualTo(new LeftOut(0, 1, 0, 0, 0));
  }

  @Test
  void theStaleRowIsDroppedWhenTheFileBeforeIsMissing() {
    checkpoint(root, "Pong", 1, 1, List.of(end(5), step(6), step(7), step(4)), 7L);
    checkpoint(root, "Pong", 1, 2, List.of(step(9), step(10), end(11), step(8)), 11L);
    WholeLog read = read(ReplayRows.JOINED);
    assertThat(read.frames()).containsExactly(List.of(6, 7, 8, 9, 10, 11));
    assertThat(read.leftOut()).isEqualTo(new LeftOut(0, 1, 0, 0, 1));
  }

  @Test
  void theRestOfAnEpisodeWhoseBeginningNoFileHoldsIsLeftOut() {
    // A run's later files alone, without counts and with them; the last one's end comes too late.
    for (Long addCount : new Long[] {null, 8L}) {
      checkpoint(root, "Pong", 1, 1, List.of(step(5), end(6), step(7), step(8)), addCount);
      WholeLog read = read(ReplayRows.JOINED);
      assertThat(read.frames()).isEmpty();
      assertThat(read.scan().episodes()).isEmpty();
      assertThat(read.leftOut()).isEqualTo(new LeftOut(0, 0, 0, 2, 2));
      assertThat(read.scan().checkpoints().get(0).usedRows()).isZero();
      assertThat(read(ReplayRows.REFERENCE).frames()).containsExactly(List.of(5, 6));
    }
  }

  @Test
  void theCountTellsThatAFileIsTheRunsFirst() {
    checkpoint(root, "Pong", 1, 1, List.of(step(1), end(2), step(3), end(4)), 4L);
    assertThat(read(ReplayRows.JOINED).frames()).containsExactly(List.of(1, 2), List.of(3, 4));
    // Checkpoint 0 of a ring that has been filled before holds no beginning.
    checkpoint(root, "Breakout", 1, 0, List.of(step(1), end(2), step(3), end(4)), 8L);
    assertThat(WholeLog.read(root, Games.byName("Breakout"), 1, ReplayRows.JOINED).frames())
        .containsExactly(List.of(3, 4));
  }

  @Test
  void theRestOfAnEpisodeAfterAGapIsLeftOut() {
    checkpoint(root, "Pong", 1, 0, List.of(step(1), end(2), step(3), step(4)), 4L);
    checkpoint(root, "Pong", 1, 1, List.of(step(5), step(6), step(7), step(8)), 8L);
    checkpoint(root, "Pong", 1, 2, List.of(step(9), step(10), step(11), step(12)), 12L);
    checkpoint(root, "Pong", 1, 3, List.of(step(13), end(14), step(15), end(16)), 16L);
    ReplayLogReader reader =
        ReplayLogReader.of(
            ReplayLogs.at(root.toString(), new Configuration()).log(PONG, 1), ReplayRows.JOINED);
    ReplayScan scan =
        ReplayScan.join(
            List.of(reader.scan(0), reader.scan(2), reader.scan(3)), ReplayRows.JOINED, null);
    assertThat(scan.lengths()).containsExactly(2, 2);
    assertThat(scan.leftOut()).isEqualTo(new LeftOut(0, 0, 0, 2, 6));
  }

  @Test
  void aRawReturnIsKnownOnlyOfAnEpisodeOfTheRecordedLength() {
    checkpoint(root, "Pong", 1, 1, List.of(step(5), end(6), step(7), end(8)), null);
    Recording recording =
        new Recording(
            "Pong",
            1,
            "random",
            1,
            0,
            "abc",
            List.of(new Recording.Episode(1, 1, 6, -17), new Recording.Episode(1, 3, 2, -4)));
    ReplayLog log = ReplayLogs.at(root.toString(), new Configuration()).log(PONG, 1);
    for (ReplayRows rows : ReplayRows.values()) {
      ReplayScan scan =
          ReplayScan.join(List.of(ReplayLogReader.of(log, rows).scan(1)), rows, recording);
      assertThat(scan.rawReturns().get(scan.rawReturns().size() - 1)).isEqualTo(-4);
      assertThat(scan.rawReturns()).doesNotContain(-17.0);
    }
  }

  @Test
  void theRepeatedRowsOfAPartlyFilledLastCheckpointAreLeftOut() {
    checkpoint(root, "Pong", 1, 0, List.of(step(1), step(2), step(3), step(99)), 3L);
    checkpoint(root, "Pong", 1, 1, List.of(end(5), step(6), step(7), step(4)), 7L);
    // Only the rows 8 and 9 are new; the rest repeats checkpoint 1.
    checkpoint(root, "Pong", 1, 2, List.of(end(9), step(6), step(7), step(8)), 9L);
    WholeLog read = read(ReplayRows.JOINED);
    assertThat(read.frames()).containsExactly(List.of(1, 2, 3, 4, 5), List.of(6, 7, 8, 9));
    assertThat(read.leftOut()).isEqualTo(new LeftOut(0, 1, 2, 0, 0));
  }

  @Test
  void aShorterLastFileIsReadWhole() {
    checkpoint(root, "Pong", 1, 0, List.of(step(1), step(2), step(3), step(4)), 4L);
    checkpoint(root, "Pong", 1, 1, List.of(step(5), step(6), end(7)), 7L);
    assertThat(read(ReplayRows.JOINED).frames()).containsExactly(List.of(1, 2, 3, 4, 5, 6, 7));
  }

  @Test
  void theSwitchReproducesTheRowsOfTheReference() {
    checkpoint(root, "Pong", 1, 0, List.of(step(90), end(91), step(92), step(93)), 3L);
    checkpoint(root, "Pong", 1, 1, List.of(Row.ZERO, Row.ZERO, Row.ZERO, end(4)), 7L);
    checkpoint(root, "Pong", 1, 2, List.of(step(5), end(6), step(7), step(8)), 11L);
    checkpoint(root, "Pong", 1, 3, List.of(end(9), step(10), end(11), step(12)), 15L);
    WholeLog read = read(ReplayRows.REFERENCE);
    assertThat(read.frames())
        .containsExactly(List.of(0, 0, 0, 4), List.of(5, 6), List.of(9), List.of(10, 11));
    assertThat(read.leftOut()).isEqualTo(new LeftOut(0, 0, 0, 3, 0));
    assertThat(read.scan().fileRows()).isEqualTo(12);
  }

  @Test
  void aSwitchTakesEachFileByItself() {
    checkpoint(root, "Pong", 1, 0, List.of(step(1), end(2), Row.ZERO, step(99)), 3L);
    checkpoint(root, "Pong", 1, 1, List.of(Row.ZERO, step(3), end(4), Row.ZERO), 7L);
    checkpoint(root, "Pong", 1, 2, List.of(end(6), step(7), step(8), step(5)), 11L);
    assertThat(read(ReplayRows.JOINED).frames())
        .containsExactly(List.of(1, 2), List.of(3, 4), List.of(5, 6));
    WholeLog within = read(ReplayRows.WITHIN_FILES);
    // The second episode's first row is in the file before.
    assertThat(within.frames()).containsExactly(List.of(1, 2), List.of(5, 6));
    assertThat(within.leftOut()).isEqualTo(new LeftOut(0, 1, 0, 3, 4));
  }

  @Test
  void aRowBeforeTheFirstOneIsJoinedWhateverItEnds() {
    // The row that stands last in each file is a terminal, the start of an episode, or between.
    checkpoint(root, "Pong", 1, 0, List.of(step(1), step(2), step(3), step(99)), 3L);
    checkpoint(root, "Pong", 1, 1, List.of(step(5), step(6), end(7), end(4)), 7L);
    checkpoint(root, "Pong", 1, 2, List.of(step(9), step(10), step(11), step(8)), 11L);
    checkpoint(root, "Pong", 1, 3, List.of(end(13), step(14), end(15), step(12)), 15L);
    assertThat(read(ReplayRows.JOINED).frames())
        .containsExactly(
            List.of(1, 2, 3, 4), List.of(5, 6, 7), List.of(8, 9, 10, 11, 12, 13), List.of(14, 15));
  }

  @Test
  void aTerminalOfTwoEndsAnEpisode() {
    checkpoint(root, "Pong", 1, 0, List.of(step(1), new Row(2, 1, 0, 2), step(3), end(4)), null);
    assertThat(read(ReplayRows.JOINED).frames()).containsExactly(List.of(1, 2), List.of(3, 4));
  }

  private static Row step(int frame) {
    return new Row(frame, 1, 0.5f, 0);
  }

  private static Row end(int frame) {
    return new Row(frame, 2, -1, 1);
  }

  private WholeLog read(ReplayRows rows) {
    return WholeLog.read(root, PONG, 1, rows);
  }
}
