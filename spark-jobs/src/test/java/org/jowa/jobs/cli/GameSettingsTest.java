package org.jowa.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jowa.error.UsageException;
import org.jowa.model.plan.PlannerSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class GameSettingsTest {
  @TempDir private Path folder;

  @Test
  void settingsOfAGameComeBeforeThoseOfTheCommandLine() throws IOException {
    GameSettings settings =
        read(
            """
            tuned-on-seed: 1000
            games:
              Pong: {beam-width: 4, epsilon: 0.25, behaviour-weight: 0.1}
              Breakout: {planner: mcts, simulations: 7}
            """);
    assertThat(settings.tunedOn()).isEqualTo(1000);

    PlannerOptions commandLine = options();
    PlannerSettings pong =
        commandLine.with(settings.games().get("Pong"), "file, Pong").player().planner();
    assertThat(pong.beam().width()).isEqualTo(4);
    assertThat(pong.beam().horizon()).isEqualTo(commandLine.player().planner().beam().horizon());
    assertThat(pong.epsilon()).isEqualTo(0.25);
    assertThat(pong.behaviourWeight()).isEqualTo(0.1);
    assertThat(commandLine.player().planner().behaviourWeight()).isZero();
    PlannerSettings breakout =
        commandLine.with(settings.games().get("Breakout"), "file, Breakout").player().planner();
    assertThat(breakout.planner()).isEqualTo(PlannerSettings.Kind.MCTS);
    assertThat(breakout.mcts().simulations()).isEqualTo(7);
    assertThat(commandLine.player().planner().planner()).isEqualTo(PlannerSettings.Kind.BEAM);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "games: {Pang: {beam-width: 4}} | settings.yaml: Unknown game 'Pang'",
        "games: {Pong: [beam-width | settings.yaml is not YAML: line 1",
        "games: {} | no settings",
        "games: {Pong: 4} | for Pong",
        "gmes: {Pong: {beam-width: 4}} | gmes",
        "{tuned-on-seed: x, games: {Pong: {horizon: 1}}} | whole number",
      })
  void aWrongFileIsToldInOneLine(String text, String expected) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "beem-width | 4 | beem-width",
        "horizon | two | two",
        "beam-width | 0 | --beam-width must be at least 1",
        "ends | kept | --ends must be",
        "planner | beem | Unknown planner beem",
      })
  void aWrongSettingIsToldWithItsPlace(String option, String value, String expected) {
    assertThatThrownBy(() -> options().with(Map.of(option, value), "s.yaml, Pong"))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("s.yaml, Pong")
        .hasMessageContaining(expected);
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> GameSettings.read(folder.resolve("none.yaml")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("none.yaml");
  }

  /** As of a command line that says nothing. */
  private static PlannerOptions options() {
    Line line = new Line();
    new CommandLine(line).parseArgs();
    return line.planner;
  }

  @Command
  private static final class Line {
    @Mixin private PlannerOptions planner;
  }

  private GameSettings read(String text) throws IOException {
    return GameSettings.read(Files.writeString(folder.resolve("settings.yaml"), text));
  }
}
