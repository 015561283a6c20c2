package org.jowa.jobs.gpucheck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.Test;

class GpuCheckTest {
  @Test
  void withoutAGpuItFailsAndSaysWhy() {
    TorchRuntime.init();
    assumeFalse(torch.cuda_is_available());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean passed = new GpuCheck().run(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(passed).isFalse();
    assertThat(lines).anyMatch(line -> line.matches("GPUs that.*FAIL.*there is no GPU here.*"));
    assertThat(lines).anyMatch(line -> line.matches("training steps .* skipped .*no GPU.*"));
    assertThat(lines.get(lines.size() - 1)).matches("\\d passed, [1-9] failed, 3 skipped");
  }

  /** What a GPU would be compared by, on the processor, which agrees with itself. */
  @Test
  void trainingStepsAreComparedWithTheProcessors() {
    TorchRuntime.setThreads(1);
    List<Check> checks = new TrainingChecks(Device.CPU, "tiny", 1, 1).run();
    assertThat(checks).hasSize(8);
    assertThat(checks)
        .allSatisfy(
            check ->
                assertThat(check.verdict())
                    .as(check.name() + ": " + check.detail())
                    .isEqualTo(Check.Verdict.PASS));
    assertThat(checks.get(0).detail()).contains("within 0.0,").doesNotContain("NaN");
    assertThat(checks.get(2).detail()).doesNotContain("within 0.0,");
  }

  @Test
  void anErrorIsAFailureWithItsFirstLine() {
    Check check =
        Check.of(
            "name",
            name -> {
              throw new IllegalStateException("first\nsecond");
            });
    assertThat(check).isEqualTo(Check.failed("name", "first"));
  }
}
