package org.jowa.data.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayLogWriterTest {
  private static final Game PONG = Games.byName("Pong");

  @TempDir Path root;

  @Test
  void whatIsWrittenIsReadBackWithItsRawReturns() {
    record10Rows(true);
    WholeLog read = WholeLog.read(root, PONG, 2, ReplayRows.JOINED);
    ReplayScan scan = read.scan();
    assertThat(scan.checkpoints())
        .extracting(ReplayScan.Checkpoint::rows)
        .containsExactly(4L, 4L, 2L);
    assertThat(scan.checkpoints())
        .extracting(ReplayScan.Checkpoint::addCount)
        .containsExactly(4L, 8L, 10L);
    assertThat(scan.lengths()).containsExactly(3, 3, 3);
    assertThat(scan.rawReturns()).containsExactly(70.0 * 2, 70.0 * 5, 70.0 * 8);
    assertThat(scan.recording().policy()).isEqualTo("scripted:0.1");
    assertThat(scan.recording().romMd5()).isEqualTo("abc");
    List<WholeLog.Step> steps = read.episodes().stream().flatMap(List::stream).toList();
    assertThat(steps).extracting(WholeLog.Step::frame).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(steps).extracting(WholeLog.Step::action).containsExactly(0, 1, 2, 3, 4, 5, 0, 1, 2);
    assertThat(steps)
        .extracting(WholeLog.Step::reward)
        .containsExactly(0f, 0f, 1f, 0f, 0f, 1f, 0f, 0f, 1f);
    assertThat(read.leftOut()).isEqualTo(new LeftOut(0, 0, 0, 1, 0));
  }

  @Test
  void aLogThatIsNotFinishedLeavesNothing() throws IOException {
    record10Rows(false);
    try (Stream<Path> files = Files.walk(root)) {
      assertThat(files.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void anExistingLogIsNotOverwritten() {
    record10Rows(true);
    assertThatThrownBy(() -> record10Rows(true))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("replay_logs");
  }

  @Test
  void equalPlayGivesEqualBytes(@TempDir Path other) throws IOException {
    record10Rows(true);
    Path first = NpyFiles.folder(root, "Pong", 2);
    root = other;
    record10Rows(true);
    Path second = NpyFiles.folder(other, "Pong", 2);
    try (Stream<Path> files = Files.list(first)) {
      List<Path> all = files.toList();
      // Four kinds, add_count and invalid_range for each of three checkpoints, and the side file.
      assertThat(all).hasSize(19);
      for (Path file : all) {
        assertThat(second.resolve(file.getFileName())).hasSameBinaryContentAs(file);
      }
    }
  }

  private void record10Rows(boolean finish) {
    try (ReplayLogWriter writer =
        ReplayLogWriter.create(
            Storage.at(root.toString()), PONG, 2, "scripted:0.1", 5, 0.25, "abc", 4)) {
      byte[] frame = new byte[7056];
      for (int i = 0; i < 10; i++) {
        Arrays.fill(frame, (byte) (i + 1));
        boolean terminal = i % 3 == 2;
        writer.append(frame, i % 6, terminal ? 1 : 0, terminal ? 70.0 * i : 0, terminal);
      }
      if (finish) {
        writer.finish();
      }
    }
  }
}
