package org.jowa.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jowa.data.storage.Storage;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpeculationOfGamesTest {
  @TempDir private Path folder;
  private final List<String> asked = new ArrayList<>();

  @Test
  void anEvaluationThatGoesOnKeepsItsChoices() {
    Storage evaluation = Storage.at(folder.toString());
    assertThat(of(evaluation, List.of(), Speculation.ON)).isEmpty();

    assertThat(of(evaluation, List.of("Pong"), Speculation.ON))
        .isEqualTo(Map.of("Pong", Speculation.ON));
    assertThat(of(evaluation, List.of("Pong", "Breakout"), Speculation.OFF))
        .isEqualTo(Map.of("Pong", Speculation.ON, "Breakout", Speculation.OFF));
    assertThat(of(evaluation, List.of("Breakout"), Speculation.ON))
        .isEqualTo(Map.of("Pong", Speculation.ON, "Breakout", Speculation.OFF));
    assertThat(asked).containsExactly("Pong", "Breakout");
  }

  private Map<String, Speculation> of(Storage evaluation, List<String> games, Speculation found) {
    return SpeculationOfGames.of(
            evaluation,
            games,
            open -> {
              asked.addAll(open);
              return open.stream().map(game -> found).toList();
            })
        .games();
  }
}
