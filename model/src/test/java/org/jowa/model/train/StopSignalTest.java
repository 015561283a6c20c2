package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.jowa.error.StoppedException;
import org.jowa.model.collective.Ranks.Outcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StopSignalTest extends TrainingTests {
  private ToyTraining stoppedIn(String name, long stepUnderWay) {
    ToyTraining training = new ToyTraining(folder.resolve(name));
    training.disturbance =
        (rank, learner, step) -> {
          if (rank == 1 && step == stepUnderWay) {
            training.stops[1].request("SIGTERM");
          }
        };
    return training;
  }

  private static List<JsonNode> withoutRates(ToyTraining training) throws IOException {
    List<JsonNode> lines = training.metrics();
    lines.forEach(line -> ((ObjectNode) line).remove("sequencesPerSecond"));
    return lines;
  }

  /** In a plain step, with held-out losses due, before and at a switch of stages. */
  @ParameterizedTest
  @ValueSource(longs = {0, 5, 6, 7})
  void allRanksEndAfterTheSameStepWithACheckpointFromWhichNothingIsLost(long step)
      throws IOException {
    ToyTraining straight = new ToyTraining(folder.resolve("straight"));
    straight.results();

    ToyTraining stopped = stoppedIn("run", step);
    long done = step + 1;
    assertThat(stopped.outcomes())
        .hasSize(2)
        .extracting(Outcome::error)
        .allSatisfy(
            error ->
                assertThat(error)
                    .isInstanceOf(StoppedException.class)
                    .hasMessageContaining("at step " + done + " of 12")
                    .hasMessageContaining(stopped.checkpoint(done).toString())
                    .hasMessageContaining("rank 1"));

    ToyTraining resumed = new ToyTraining(folder.resolve("run"));
    assertThat(resumed.results().get(0).stepsNow()).isEqualTo(12 - done);
    for (String file : ToyTraining.FILES) {
      assertThat(resumed.checkpoint(12).resolve(file))
          .hasSameBinaryContentAs(straight.checkpoint(12).resolve(file));
    }
    assertThat(withoutRates(resumed)).isEqualTo(withoutRates(straight));
  }

  @Test
  void askedInItsLastStepATrainingEndsAsUsual() {
    ToyTraining training = stoppedIn("run", 11);
    assertThat(training.results()).allMatch(result -> result.step() == 12);
    assertThat(training.checkpointsWritten).endsWith(12L);
  }
}
