package org.jowa.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.env.Protocol;
import org.jowa.error.InvalidInputException;
import org.jowa.model.plan.PlannerSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurveJobTest {
  @TempDir private Path run;

  @Test
  void allCheckpointsAreEvaluatedFromTheOldestOn() throws IOException {
    checkpoints(100, 200, 300);

    assertThat(plans("curve", List.of()))
        .extracting(EvaluationPlan::checkpoint)
        .containsExactly("100", "200", "300");
    assertThat(plans("curve", List.of()))
        .extracting(EvaluationPlan::name)
        .containsExactly("curve-100", "curve-200", "curve-300");
  }

  @Test
  void aListIsTakenOnceAndInOrder() throws IOException {
    checkpoints(100, 200, 300);

    assertThat(plans(null, List.of(300L, 100L, 300L)))
        .extracting(EvaluationPlan::checkpoint)
        .containsExactly("100", "300");
    // Each is named by its planner and step when it is played.
    assertThat(plans(null, List.of(100L))).extracting(EvaluationPlan::name).containsOnlyNulls();
  }

  @Test
  void aListWithAHoleIsRefusedWhole() throws IOException {
    checkpoints(100, 300);

    assertThatThrownBy(() -> plans("curve", List.of(100L, 200L, 250L)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("No checkpoint of step 200, 250 in")
        .hasMessageContaining("there are 100, 300");
  }

  @Test
  void aRunWithoutCheckpointsSaysHowToTrain() {
    assertThatThrownBy(() -> plans("curve", List.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("bin/jowa pretrain");
  }

  private void checkpoints(int... steps) throws IOException {
    for (int step : steps) {
      Files.createDirectories(run.resolve("model/checkpoints/step-00000" + step));
    }
  }

  private List<EvaluationPlan> plans(String name, List<Long> steps) {
    EvaluationPlan plan =
        EvaluationPlan.of(
            run.toString(),
            "all",
            run.toString(),
            List.of("Pong"),
            new Player(PlannerSettings.none(4), null),
            Protocol.JOWA,
            1,
            0,
            100,
            name);
    return new CurveJob(plan, steps, Optional.empty(), summary -> {}).plans(new Configuration());
  }
}
