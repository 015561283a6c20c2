package org.jowa.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLinesTest {

  @Test
  void misspeltCommandSuggestsTheNearest() {
    assertThatThrownBy(() -> CommandLines.parse(List.of("docter")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("unknown command 'docter'; did you mean doctor?");
  }

  @Test
  void misspeltOptionSuggestsTheNearest() {
    assertThatThrownBy(() -> CommandLines.parse(List.of("doctor", "--rom", "x")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("doctor: unknown option '--rom'; did you mean --roms?");
  }

  @Test
  void misspeltOptionIsToldBeforeTheOneThatIsMissing() {
    assertThatThrownBy(() -> CommandLines.parse(List.of("ingest", "--sauce=x", "--out", "y")))
        .hasMessageContaining("ingest: unknown option '--sauce'; did you mean --source?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"100,,200", "100,", "100,last"})
  void aListOfCheckpointsHasNoHole(String list) {
    assertThatThrownBy(() -> check("evaluate", "--checkpoint=" + list))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("--checkpoint")
        .hasMessageContaining("found " + list);
    check("evaluate", "--checkpoint=100,200");
    check("evaluate", "--checkpoint=all");
  }

  @ParameterizedTest
  @ValueSource(strings = {"100,200", "all"})
  void tuningPlaysWithOneCheckpoint(String several) {
    assertThatThrownBy(() -> check("tune", "--try=horizon=1", "--checkpoint=" + several))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tune plays with one checkpoint, found --checkpoint " + several);
  }

  private static void check(String command, String... options) {
    List<String> line = new ArrayList<>(List.of(command, "--run=run", "--game=Pong"));
    line.addAll(List.of(options));
    CommandLines.parse(line).command().orElseThrow().check();
  }

  @Test
  void statusTellsWhoseMistakeItWas() {
    assertThat(CommandLines.reporting(List.of(), () -> fail(new UsageException("a")))).isEqualTo(2);
    assertThat(CommandLines.reporting(List.of(), () -> fail(new InvalidInputException("a"))))
        .isEqualTo(1);
    assertThat(CommandLines.reporting(List.of(), () -> fail(new IllegalStateException("a"))))
        .isEqualTo(1);
    Exception wrapped = new IllegalStateException("Job aborted", new UsageException("a"));
    assertThat(CommandLines.reporting(List.of(), () -> fail(wrapped))).isEqualTo(2);
  }

  private static int fail(Exception e) throws Exception {
    throw e;
  }
}
