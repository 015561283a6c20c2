package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.bench.RandomTokenizerStep;
import org.jowa.model.bench.RandomTrainingStep;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.world.TestModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whole training steps on another device than the CPU: torch's {@code meta}, which knows shapes
 * only, under {@link OperatorWatch}.
 */
@Timeout(120)
class DevicePlacementTest {
  /** Runs in a process of its own, which the watch ends at the first fault. */
  private static String run(String... arguments) throws IOException, InterruptedException {
    String[] command = {
      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
      "-Dai.djl.offline=true",
      "-cp",
      System.getProperty("java.class.path"),
      Main.class.getName()
    };
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.command().addAll(List.of(arguments));
    builder.redirectErrorStream(true);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  /** What runs under the watch. */
  static final class Main {
    private Main() {}

    public static void main(String[] arguments) {
      TorchRuntime.setThreads(1);
      OperatorWatch watch = OperatorWatch.start();
      switch (arguments[0]) {
        case "world" ->
            world(watch, Precision.valueOf(arguments[1]), Integer.parseInt(arguments[2]));
        case "tokenizer" -> tokenizer(watch, Precision.valueOf(arguments[1]));
        case "mixed" -> mixed();
        case "value" -> value();
        default -> throw new IllegalArgumentException(arguments[0]);
      }
      System.out.println("done: " + watch.operators() + " operators, " + watch.names());
      System.out.flush();
      Runtime.getRuntime().halt(0);
    }

    private static void world(OperatorWatch watch, Precision precision, int sequences) {
      Compute compute = new Compute(Device.META, precision);
      try (RandomTrainingStep step =
          RandomTrainingStep.of(TestModels.small(2), sequences, 0, compute)) {
        watch.reads();
        watch.bytesWritten();
        step.run();
        System.out.println("reads of a step: " + watch.reads());
        System.out.println("bytes to the device: " + watch.bytesWritten());
      }
    }

    private static void tokenizer(OperatorWatch watch, Precision precision) {
      Compute compute = new Compute(Device.META, precision);
      TokenizerConfig config = new TokenizerConfig(4, 8, 8, 16);
      try (RandomTokenizerStep step = RandomTokenizerStep.of(config, 3, 0, compute)) {
        watch.reads();
        step.train();
        System.out.println("reads of a step: " + watch.reads());
      }
    }

    private static void mixed() {
      try (StepScope scope = StepScope.inference()) {
        Tensor onDevice = Device.META.zeros(ScalarType.Float, 2, 3);
        onDevice.gather(1, Tensors.zeros(ScalarType.Long, 2, 1));
      }
    }

    private static void value() {
      try (StepScope scope = StepScope.inference()) {
        Device.META.zeros(ScalarType.Float, 1).item_float();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "BF16"})
  void aStepOfTheWorldActionModelStaysOnTheDeviceAndReadsTwice(Precision precision)
      throws IOException, InterruptedException {
    // The losses of all rows, and the gradient's norm.
    assertThat(run("world", precision.name(), "3"))
        .contains("reads of a step: 2\n")
        .contains("done: ")
        .contains("aten::_fused_adamw_", "aten::bmm", "aten::mish");
  }

  /** Dropout masks alone would be more than ten times as much. */
  @Test
  void hardlyMoreThanTokensGoesToTheDevice() throws IOException, InterruptedException {
    long tokens = TestModels.small(2).blocks() * (long) WorldConfig.BLOCK_TOKENS;
    long aSequence = (bytesToTheDevice(5) - bytesToTheDevice(3)) / 2;
    // Token ids, rows and labels of int64, and a few numbers a step.
    assertThat(aSequence).isBetween(8 * tokens, 40 * tokens);
  }

  private static long bytesToTheDevice(int sequences) throws IOException, InterruptedException {
    String output = run("world", "FP32", Integer.toString(sequences));
    Matcher bytes = Pattern.compile("bytes to the device: (\\d+)").matcher(output);
    assertThat(bytes.find()).as(output).isTrue();
    return Long.parseLong(bytes.group(1));
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "BF16"})
  void aStepOfTheTokenizerStaysOnTheDeviceAndReadsThreeTimes(Precision precision)
      throws IOException, InterruptedException {
    // Tokens and losses of its one pass, and the gradient's norm.
    assertThat(run("tokenizer", precision.name()))
        .contains("reads of a step: 3\n")
        .contains("done: ")
        .contains("aten::_fused_adamw_", "aten::convolution_backward");
  }

  @Test
  void theWatchSeesAnOperatorThatMixesDevices() throws IOException, InterruptedException {
    assertThat(run("mixed")).contains("failed in aten::gather").doesNotContain("done");
  }

  @Test
  void theWatchSeesAValueThatIsTakenFromTheDevice() throws IOException, InterruptedException {
    assertThat(run("value")).contains("failed in aten::_local_scalar_dense").doesNotContain("done");
  }
}
