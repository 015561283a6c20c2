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
    assertThat(lines.get(lines.size() - 1)).matches("\\d passed, [1-9] failed, 5 skipped");
  }

  /** What a GPU would be compared by, on the CPU, which agrees with itself. */
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
  void tokensAndPlansAreComparedWithTheProcessors() {
    TorchRuntime.setThreads(1);
    List<Check> checks = new PlayChecks(Device.CPU, "tiny").run();
    assertThat(checks)
        .extracting(Check::verdict)
        .containsExactly(Check.Verdict.PASS, Check.Verdict.PASS);
    assertThat(checks.get(0).detail()).startsWith("1.0000 of 2304 are equal");
    assertThat(checks.get(1).detail()).startsWith("Q within 0.0 of").contains("4 of 4 plans");
  }

  /** Two ranks on the CPU, joined by the ring that NCCL would stand beside. */
  @Test
  void ranksAreCheckedTogetherAndAgainstOne() {
    TorchRuntime.setThreads(1);
    List<Check> checks =
        new RankChecks(List.of(Device.CPU, Device.CPU), 100_000, (ring, device) -> ring).run();
    assertThat(checks)
        .extracting(Check::name)
        .containsExactlyElementsOf(RankChecks.NAMES.stream().map(n -> n + ", 2 ranks").toList());
    assertThat(checks)
        .allSatisfy(
            check ->
                assertThat(check.verdict())
                    .as(check.name() + ": " + check.detail())
                    .isEqualTo(Check.Verdict.PASS));
    assertThat(checks.get(0).detail()).contains("sum of float32", "broadcast");
    assertThat(checks.get(1).detail()).contains("MB/s");
    assertThat(checks.get(2).detail()).contains("losses of 3 steps within");
  }

  @Test
  void oneRankShowsTheBindingAndSaysWhatIsMissing() {
    List<Check> checks = new RankChecks(List.of(Device.CPU), 100_000, (ring, device) -> ring).run();
    assertThat(checks)
        .extracting(Check::verdict)
        .containsExactly(Check.Verdict.PASS, Check.Verdict.SKIPPED, Check.Verdict.SKIPPED);
    assertThat(checks).allSatisfy(check -> assertThat(check.detail()).contains("two GPUs"));
  }

  @Test
  void rankThatCannotJoinFailsTheChecksOfAll() {
    List<Check> checks =
        new RankChecks(
                List.of(Device.CPU, Device.CPU),
                100_000,
                (ring, device) -> {
                  if (ring.rank() == 1) {
                    throw new IllegalStateException("no NCCL here");
                  }
                  return ring;
                })
            .run();
    assertThat(checks)
        .allSatisfy(
            check -> {
              assertThat(check.verdict()).isEqualTo(Check.Verdict.FAIL);
              assertThat(check.detail()).isEqualTo("no NCCL here");
            });
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
