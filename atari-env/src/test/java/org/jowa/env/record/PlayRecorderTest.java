package org.jowa.env.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jowa.env.AtariEnv;
import org.jowa.env.TestRoms;
import org.jowa.env.policy.Policies;
import org.jowa.env.policy.Policy;
import org.jowa.env.rom.Rom;
import org.junit.jupiter.api.Test;

class PlayRecorderTest {
  private record Row(int frameHash, int action, float clipped, double raw, boolean terminal) {}

  @Test
  void rowsAreAFunctionOfTheSeedHoweverTheyAreAskedFor() {
    List<Row> rows = record("Breakout", "scripted:0.3", 9, 300);
    assertThat(record("Breakout", "scripted:0.3", 9, 100, 1, 199)).isEqualTo(rows);
    assertThat(record("Breakout", "scripted:0.3", 10, 300)).isNotEqualTo(rows);
  }

  @Test
  void rowHoldsWhatWasSeenBeforeTheActionAndWhatCameAfter() {
    Rom rom = TestRoms.locate("Pong");
    Policy up = (env, random) -> 3;
    List<Row> rows = new ArrayList<>();
    try (PlayRecorder recorder = PlayRecorder.open(rom, up, 0, 1000, 0);
        AtariEnv env = AtariEnv.create(rom, 0, 0)) {
      recorder.record(120, sinkInto(rows));
      byte[] frame = new byte[AtariEnv.OBSERVATION_BYTES];
      for (Row row : rows) {
        env.observation(frame, 0);
        assertThat(row)
            .isEqualTo(
                new Row(
                    Arrays.hashCode(frame),
                    2,
                    (float) row.raw(),
                    env.step(3).reward(),
                    env.isOver()));
      }
    }
    assertThat(rows).extracting(Row::raw).contains(-1.0);
  }

  @Test
  void rewardsAreClippedInTheLogAndRawReturnsAreToldBeside() {
    Rom rom = TestRoms.locate("SpaceInvaders");
    List<Row> rows = new ArrayList<>();
    try (PlayRecorder recorder = PlayRecorder.open(rom, Policies.byName("random"), 0.25, 200, 1)) {
      List<RecordedEpisode> ended = recorder.record(450, sinkInto(rows));
      assertThat(ended).hasSize(2).allMatch(RecordedEpisode::truncated);
      for (int e = 0; e < 2; e++) {
        List<Row> episode = rows.subList(200 * e, 200 * (e + 1));
        assertThat(ended.get(e))
            .isEqualTo(
                new RecordedEpisode(
                    200,
                    episode.stream().mapToDouble(Row::raw).sum(),
                    episode.stream().mapToDouble(Row::clipped).sum(),
                    true));
        assertThat(ended.get(e).rawReturn()).isGreaterThan(ended.get(e).clippedReturn());
      }
    }
    assertThat(rows).allMatch(row -> row.clipped() == Math.signum((float) row.raw()));
    assertThat(rows.stream().filter(Row::terminal)).hasSize(2);
    assertThat(rows.get(199).terminal()).isTrue();
    assertThat(rows.get(200).frameHash()).isEqualTo(rows.get(0).frameHash());
  }

  @Test
  void episodeThatTheGameEndsIsNotTruncated() {
    List<Row> rows = new ArrayList<>();
    try (PlayRecorder recorder =
        PlayRecorder.open(
            TestRoms.locate("Breakout"), Policies.byName("random"), 0.25, 27_000, 3)) {
      List<RecordedEpisode> ended = recorder.record(400, sinkInto(rows));
      assertThat(ended).isNotEmpty().noneMatch(RecordedEpisode::truncated);
      int first = ended.get(0).steps();
      assertThat(rows.get(first - 1).terminal()).isTrue();
      assertThat(rows.subList(0, first - 1)).noneMatch(Row::terminal);
    }
  }

  @Test
  void refusesAnActionThatTheGameDoesNotHave() {
    try (PlayRecorder recorder =
        PlayRecorder.open(TestRoms.locate("Pong"), (env, random) -> 2, 0, 10, 0)) {
      assertThatThrownBy(() -> recorder.record(1, sinkInto(new ArrayList<>())))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("The policy chose action 2, which Pong does not have");
    }
  }

  private static List<Row> record(String game, String policy, long seed, long... portions) {
    List<Row> rows = new ArrayList<>();
    try (PlayRecorder recorder =
        PlayRecorder.open(TestRoms.locate(game), Policies.byName(policy), 0.25, 27_000, seed)) {
      for (long portion : portions) {
        recorder.record(portion, sinkInto(rows));
      }
    }
    return rows;
  }

  private static RowSink sinkInto(List<Row> rows) {
    return (frame, action, clipped, raw, terminal) ->
        rows.add(new Row(Arrays.hashCode(frame), action, clipped, raw, terminal));
  }
}
