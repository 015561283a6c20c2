package org.jowa.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.env.AtariEnv;
import org.jowa.env.game.Games;
import org.jowa.model.bench.RandomTokenizerStep;
import org.jowa.model.bench.RandomTrainingStep;
import org.jowa.model.plan.BeamSettings;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.plan.MctsSettings;
import org.jowa.model.plan.PlannerSettings;
import org.jowa.model.plan.PlanningAgent;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.StateInput;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.tokenizer.PatchTokenizer;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.world.TestModels;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole training steps, and steps of play, on another device than the CPU: torch's {@code meta},
 * which knows shapes only, under {@link OperatorWatch}.
 */
@Timeout(120)
class DevicePlacementTest {
  private static final int PATCH = 14 * 14;

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

    public static void main(String[] arguments) throws IOException {
      TorchRuntime.setThreads(1);
      OperatorWatch watch = OperatorWatch.start();
      switch (arguments[0]) {
        case "world" ->
            world(watch, Precision.valueOf(arguments[1]), Integer.parseInt(arguments[2]));
        case "tokenizer" -> tokenizer(watch, Precision.valueOf(arguments[1]));
        case "play" -> play(watch, arguments[1], arguments[2]);
        case "patches" -> patches();
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

    private static void play(OperatorWatch watch, String model, String planner) {
      WorldConfig config =
          switch (model) {
            case "plain" -> TestModels.small(1);
            case "networks" ->
                TestModels.small(2, TdLoss.MSE)
                    .with(
                        of ->
                            of.neighbourhoodWidth(6)
                                .behaviourWidth(8)
                                .support(0.5)
                                .stateInput(StateInput.FRAME));
            default -> throw new IllegalArgumentException(model);
          };
      PlannerSettings settings =
          switch (planner) {
            case "none" -> PlannerSettings.none(4);
            case "behaviour" -> PlannerSettings.behaviour(4);
            case "beam" ->
                PlannerSettings.beam(BeamSettings.of(2, 2).withSpeculation(Speculation.ON), 4)
                    .withBehaviourWeight(config.behaviourWidth() > 0 ? 0.1 : 0);
            case "mcts" ->
                PlannerSettings.mcts(
                        MctsSettings.of(MctsSettings.Mode.REPAIRED).withSimulations(3), 4)
                    .withFutures(PlannerSettings.Futures.SAMPLED);
            default -> throw new IllegalArgumentException(planner);
          };
      Compute compute = new Compute(Device.META, Precision.FP32);
      TokenizerConfig codes = new TokenizerConfig(4, 8, 8, config.codebookSize());
      try (Tokenizer tokenizer = Tokenizer.create(codes, 0, compute);
          WorldActionModel weights = WorldActionModel.create(config, 0);
          PlanningAgent agent =
              PlanningAgent.create(
                  tokenizer,
                  WorldDecoder.of(config, weights.parameters()::get, Device.META),
                  Games.byName("Pong"),
                  settings,
                  2,
                  0)) {
        ByteBuffer frames = ByteBuffer.allocateDirect(2 * AtariEnv.OBSERVATION_BYTES);
        agent.startEpisode(0, 0);
        agent.startEpisode(1, 1);
        agent.act(frames, new boolean[] {true, true});
        watch.reads();
        agent.act(frames, new boolean[] {true, true});
        System.out.println("reads of a step: " + watch.reads());
      }
    }

    /** A dictionary of patches compares on the device and draws in host memory. */
    private static void patches() throws IOException {
      byte[][] codes = new byte[3][PATCH];
      Arrays.fill(codes[1], (byte) 200);
      Arrays.fill(codes[2], (byte) 90);
      try (PatchTokenizer made = PatchTokenizer.of(codes);
          StepScope scope = StepScope.inference()) {
        Path file = Files.createTempFile("patches", ".safetensors");
        Safetensors.write(file, made.tensors(), Map.of());
        try (Safetensors weights = Safetensors.read(file);
            FrameTokenizer tokenizer = FrameTokenizer.load(weights, Device.META)) {
          tokenizer.grays(tokenizer.tokens(Tensors.zeros(ScalarType.Byte, 2, 84, 84)));
        } finally {
          Files.delete(file);
        }
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

  /** Tokens and Q; what is said of places and of states; what is background, three times. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "networks"})
  void aGreedyStepOfPlayStaysOnTheDeviceAndReadsLittle(String model)
      throws IOException, InterruptedException {
    assertThat(run("play", model, "none"))
        .contains("reads of a step: " + (model.equals("plain") ? 2 : 7) + "\n")
        .contains("done: ")
        .contains("aten::conv2d", "aten::scaled_dot_product_attention", "aten::baddbmm");
  }

  @ParameterizedTest
  @CsvSource({
    "plain, beam",
    "plain, mcts",
    "networks, behaviour",
    "networks, beam",
    "networks, mcts"
  })
  void planningStaysOnTheDevice(String model, String planner)
      throws IOException, InterruptedException {
    assertThat(run("play", model, planner))
        .contains("done: ")
        .contains(planner.equals("behaviour") ? "aten::nonzero" : "aten::index_copy_");
  }

  @Test
  void aDictionaryOfPatchesIsComparedOnTheDevice() throws IOException, InterruptedException {
    assertThat(run("patches")).contains("done: ").contains("aten::argmin");
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
