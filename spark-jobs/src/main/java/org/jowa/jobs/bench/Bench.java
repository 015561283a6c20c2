package org.jowa.jobs.bench;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jowa.env.AtariEnv;
import org.jowa.env.policy.Policies;
import org.jowa.env.policy.Policy;
import org.jowa.env.rom.RomLocator;
import org.jowa.model.bench.PlanBenchmark;
import org.jowa.model.bench.RandomTokenizerStep;
import org.jowa.model.bench.RandomTrainingStep;
import org.jowa.model.plan.BeamSettings;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.TokenizerFlops;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldActionModel;

/** The benchmarks by name. */
public record Bench(BenchOptions options, Optional<Path> roms) {
  /** Names that can be measured. */
  public static final List<String> NAMES =
      List.of(
          "train-step",
          "tokenizer-step",
          "tokenizer-encode",
          "plan",
          "env",
          "ingest",
          "loader",
          "allreduce",
          "checkpoint");

  private static final BeamSettings BEAM = BeamSettings.of(2, 2);
  private static final int ENV_STEPS = 250;
  private static final double GIGA = 1e-9;

  /** Measures and prints a JSON object a line. */
  public void run(String name, PrintStream out) {
    TorchRuntime.init();
    TorchRuntime.setThreads(options.threads());
    if (name.equals("loader")) {
      // A line as soon as there is one: a soak takes minutes.
      new LoaderBench(options.data(), options.gib(), options.minutes(), options.runs()).run(out);
      return;
    }
    List<BenchLine> lines =
        switch (name) {
          case "train-step" -> List.of(trainStep());
          case "tokenizer-step" -> List.of(tokenizerStep());
          case "tokenizer-encode" -> List.of(tokenizerEncode());
          case "plan" -> plan();
          case "env" -> List.of(env());
          case "allreduce" -> List.of(AllReduceBench.run(options.runs()));
          case "checkpoint" ->
              new CheckpointBench(options, Path.of(System.getProperty("java.io.tmpdir"))).lines();
          default -> throw new IllegalArgumentException("No benchmark " + name);
        };
    lines.forEach(line -> out.println(line.json()));
  }

  private BenchLine trainStep() {
    WorldConfig config = options.config().settings().world().model();
    Compute compute = new Compute(Device.CPU, options.config().settings().world().precision());
    try (RandomTrainingStep step = RandomTrainingStep.of(config, options.batch(), 0, compute)) {
      Timing timing = Timing.of(options.runs(), step::run);
      double perSecond = options.batch() / (timing.medianMillis() * 1e-3);
      return line(
              "train-step",
              "stage 2, %d sequences of %d blocks, " + compute.precision(),
              config.blocks(),
              timing)
          .against(MachineSpeed.sgemm(), step.flops() * GIGA, timing.medianMillis())
          .rate("sequences_per_s", perSecond)
          .rate("frames_per_s", perSecond * config.blocks())
          .rate("tokens_per_s", perSecond * config.maxTokens());
    }
  }

  private BenchLine tokenizerStep() {
    TokenizerSettings settings = options.config().settings().tokenizer();
    TokenizerConfig config = settings.model();
    Compute compute = new Compute(Device.CPU, settings.precision());
    try (RandomTokenizerStep step = RandomTokenizerStep.of(config, options.batch(), 0, compute)) {
      CpuTime cpu = new CpuTime();
      Timing timing = Timing.of(options.runs(), cpu.of(() -> step.train()));
      double gflop = options.batch() * TokenizerFlops.train(config) * GIGA;
      return line(
              "tokenizer-step",
              "%d frames, %d channels, " + compute.precision(),
              config.channels(),
              timing)
          .against(MachineSpeed.sgemm(), gflop, timing.medianMillis())
          .cpuTime(cpu)
          .rate("frames_per_s", options.batch() / (timing.medianMillis() * 1e-3));
    }
  }

  private BenchLine tokenizerEncode() {
    TokenizerConfig config = options.config().settings().tokenizer().model();
    Compute compute = Compute.FP32_ON_CPU;
    try (RandomTokenizerStep step = RandomTokenizerStep.of(config, options.batch(), 0, compute)) {
      CpuTime cpu = new CpuTime();
      Timing timing = Timing.of(options.runs(), cpu.of(step::encode));
      double gflop = options.batch() * TokenizerFlops.encode(config) * GIGA;
      double frames = options.batch() / (timing.medianMillis() * 1e-3);
      return line("tokenizer-encode", "%d frames, %d channels", config.channels(), timing)
          .against(MachineSpeed.sgemm(), gflop, timing.medianMillis())
          .cpuTime(cpu)
          .rate("frames_per_s", frames)
          .rate("tokens_per_s", frames * WorldConfig.FRAME_TOKENS);
    }
  }

  private List<BenchLine> plan() {
    if (options.run().isPresent()) {
      try (TrainedPlanning trained =
          TrainedPlanning.of(options.run().get(), options.game(), options.batch(), roms)) {
        return plan("trained", trained.decoder(), trained.contexts());
      }
    }
    WorldConfig config = options.config().settings().world().model();
    try (WorldActionModel model = WorldActionModel.create(config, 0);
        WorldDecoder decoder = WorldDecoder.of(config, model.parameters()::get)) {
      int[][] contexts =
          PlanBenchmark.randomContexts(config, options.batch(), config.blocks() - BEAM.horizon());
      return plan("random weights", decoder, contexts);
    }
  }

  private List<BenchLine> plan(String weights, WorldDecoder decoder, int[][] contexts) {
    double sgemm = MachineSpeed.sgemm();
    return PlanBenchmark.run(decoder, options.game(), contexts, BEAM, options.runs()).stream()
        .map(measured -> planLine(weights, measured, sgemm))
        .toList();
  }

  private BenchLine planLine(String weights, PlanBenchmark.Measurement measured, double sgemm) {
    Timing timing = new Timing(measured.medianMillis(), measured.minMillis(), measured.runs());
    String what = "%s, %%d environments, beam width %%d, %s".formatted(measured.name(), weights);
    BenchLine line =
        line("plan", what, BEAM.width(), timing)
            .against(sgemm, measured.gflop(), timing.medianMillis())
            .rate("tokens_per_s", measured.tokensPerSecond());
    if (measured.decision()) {
      line.rate("decisions_per_s", measured.decisionsPerSecond());
    }
    if (measured.passesPerFrame() > 0) {
      line.rate("passes_per_frame", measured.passesPerFrame())
          .rate("acceptance", measured.acceptance());
    }
    return line;
  }

  private BenchLine env() {
    try (AtariEnv env =
        AtariEnv.create(RomLocator.of(roms).locate(options.game()), 0, /* seed= */ 0)) {
      Policy policy = Policies.byName("random");
      SplittableRandom random = new SplittableRandom(0);
      byte[] observation = new byte[AtariEnv.OBSERVATION_BYTES];
      Timing timing =
          Timing.of(
              options.runs(),
              () -> {
                for (int i = 0; i < ENV_STEPS; i++) {
                  if (env.isOver()) {
                    env.reset();
                  }
                  env.step(policy.act(env, random));
                  env.observation(observation, 0);
                }
              });
      double steps = ENV_STEPS / (timing.medianMillis() * 1e-3);
      return BenchLine.of(
              "env",
              String.format(
                  Locale.ROOT, "%s, %d agent steps with their observations", env.game(), ENV_STEPS),
              1,
              timing)
          .rate("frames_per_s", steps * AtariEnv.FRAME_SKIP)
          .rate("decisions_per_s", steps);
    }
  }

  private BenchLine line(String bench, String what, int size, Timing timing) {
    return BenchLine.of(
        bench,
        "%s: %s"
            .formatted(
                options.run().orElse(options.preset()), what.formatted(options.batch(), size)),
        options.threads(),
        timing);
  }
}
