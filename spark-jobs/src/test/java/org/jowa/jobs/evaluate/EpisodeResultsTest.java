package org.jowa.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jowa.data.storage.Storage;
import org.jowa.error.UsageException;
import org.jowa.jobs.evaluate.EpisodeGroup.Episode;
import org.jowa.jobs.results.EpisodeResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EpisodeResultsTest {
  @TempDir private Path folder;

  @Test
  void anEpisodeWhoseResultWasCutShortIsPlayedAgain() throws Exception {
    EpisodeResults results = new EpisodeResults(Storage.at(folder.toString()));
    Episode agent = new Episode("Pong", 3, false);
    EpisodeResult result = new EpisodeResult("Pong", 3, 17, -20.5, 900, true);
    assertThat(results.read(agent)).isEmpty();

    results.write(agent, result, new byte[] {0, 3});
    assertThat(results.read(agent)).contains(result);
    assertThat(results.actions(agent)).hasValueSatisfying(all -> assertThat(all).contains(0, 3));
    assertThat(results.read(new Episode("Pong", 3, true))).isEmpty();
    assertThat(results.read(new Episode("Pong", 4, false))).isEmpty();

    try (Stream<Path> files = Files.list(folder.resolve("results"))) {
      Path file = files.filter(path -> path.toString().endsWith(".json")).findFirst().orElseThrow();
      byte[] whole = Files.readAllBytes(file);
      for (int length = 0; length < whole.length - 1; length++) {
        Files.write(file, java.util.Arrays.copyOf(whole, length));
        assertThat(results.read(agent)).as("%d of %d bytes", length, whole.length).isEmpty();
      }
    }
    results.write(agent, result, new byte[] {0, 3});
    assertThat(results.read(agent)).contains(result);
  }

  @Test
  void aFolderOfOtherSettingsIsRefusedAndSaysWhichDiffer() {
    Storage evaluation = Storage.at(folder.toString());
    EvaluationIdentity settings =
        new EvaluationIdentity(Map.of("seed", "0", "horizon", "2", "planner", "beam"));
    settings.claim(evaluation);
    assertThatCode(() -> settings.claim(evaluation)).doesNotThrowAnyException();

    EvaluationIdentity other =
        new EvaluationIdentity(Map.of("seed", "1", "planner", "beam", "simulations", "20"));
    assertThatThrownBy(() -> other.claim(evaluation))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("horizon is 2 there, now not set")
        .hasMessageContaining("seed is 0 there, now 1")
        .hasMessageContaining("simulations is not set there, now 20")
        .hasMessageContaining("--name")
        .hasMessageNotContaining("planner is");
  }

  @Test
  void anEvaluationOfBeforeThereWereSettingsIsNotOverwritten() throws Exception {
    Files.writeString(folder.resolve("summary.json"), "{}");
    assertThatThrownBy(() -> new EvaluationIdentity(Map.of()).claim(Storage.at(folder.toString())))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("older version");
  }
}
