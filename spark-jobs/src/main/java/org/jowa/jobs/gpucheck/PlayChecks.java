package org.jowa.jobs.gpucheck;

import static org.jowa.env.game.Observation.SIDE;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.jobs.config.Config;
import org.jowa.model.bench.PlanBenchmark;
import org.jowa.model.plan.BeamSearch;
import org.jowa.model.plan.BeamSettings;
import org.jowa.model.plan.BeamTree;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Precision;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldActionModel;

/**
 * Tokenizes random frames and plans in random contexts on a device and on the CPU, with the same
 * random weights, and compares what comes out.
 */
final class PlayChecks {
  private static final long SEED = 11;
  private static final int FRAMES = 64;
  private static final int ENVIRONMENTS = 4;
  private static final BeamSettings BEAM =
      BeamSettings.of(2, 2).withSpeculation(BeamSettings.Speculation.ON);

  /** Share of tokens that have to be equal: two codes may be equally near but for rounding. */
  private static final double EQUAL_TOKENS = 0.99;

  /** Differences of Q that rounding explains, in parts of the largest one. */
  private static final double Q_TOLERANCE = 1e-3;

  private final Device device;
  private final String preset;

  PlayChecks(Device device, String preset) {
    this.device = device;
    this.preset = preset;
  }

  List<Check> run() {
    String name = "%s on %s: ".formatted(preset, device);
    return List.of(
        Check.of(name + "tokens of frames against the CPU's", this::tokens),
        Check.of(name + "Q and plans against the CPU's", this::plans));
  }

  private Check tokens(String name) {
    long[] expected = tokens(Device.CPU);
    long[] found = tokens(device);
    double equal =
        IntStream.range(0, found.length).mapToDouble(i -> found[i] == expected[i] ? 1 : 0).sum()
            / found.length;
    String detail =
        String.format(
            Locale.ROOT,
            "%.4f of %d are equal, at least %.2f asked for",
            equal,
            found.length,
            EQUAL_TOKENS);
    return equal >= EQUAL_TOKENS ? Check.passed(name, detail) : Check.failed(name, detail);
  }

  private long[] tokens(Device where) {
    byte[] pixels = new byte[FRAMES * SIDE * SIDE];
    new Random(SEED).nextBytes(pixels);
    TokenizerConfig config = Config.preset(preset).settings().tokenizer().model();
    try (Tokenizer tokenizer = Tokenizer.create(config, SEED, new Compute(where, Precision.FP32));
        StepScope scope = StepScope.inference()) {
      return Tensors.longs(tokenizer.tokens(Tensors.of(pixels, FRAMES, SIDE, SIDE)));
    }
  }

  /** What a place makes of the contexts. */
  private record Plans(float[] q, List<BeamTree> trees, double millis) {}

  private Check plans(String name) {
    Plans expected = plans(Device.CPU);
    Plans found = plans(device);
    double largest = 0;
    double worst = 0;
    for (int i = 0; i < found.q.length; i++) {
      largest = Math.max(largest, Math.abs(expected.q[i]));
      double difference = Math.abs(found.q[i] - expected.q[i]);
      worst = Double.isNaN(difference) ? Double.NaN : Math.max(worst, difference);
    }
    long equal =
        IntStream.range(0, ENVIRONMENTS)
            .filter(i -> found.trees.get(i).action() == expected.trees.get(i).action())
            .count();
    String detail =
        String.format(
            Locale.ROOT,
            "Q within %.2g of its largest, tolerance %.2g; %d of %d plans begin alike; %.1f ms for"
                + " all plans, %.1f on the CPU",
            worst / largest,
            Q_TOLERANCE,
            equal,
            ENVIRONMENTS,
            found.millis,
            expected.millis);
    boolean passed = worst / largest <= Q_TOLERANCE;
    return passed ? Check.passed(name, detail) : Check.failed(name, detail);
  }

  private Plans plans(Device where) {
    new Compute(where, Precision.FP32).prepare();
    WorldConfig config = Config.preset(preset).settings().world().model();
    Game game = Games.byName("Pong");
    int blocks = config.blocks() - BEAM.horizon();
    int[][] contexts = PlanBenchmark.randomContexts(config, ENVIRONMENTS, blocks);
    int[] games = new int[ENVIRONMENTS];
    Arrays.fill(games, game.id());
    try (WorldActionModel model = WorldActionModel.create(config, SEED);
        WorldDecoder decoder = WorldDecoder.of(config, model.parameters()::get, where);
        StepScope scope = StepScope.inference()) {
      WorldDecoder.Prefilled read = decoder.prefill(contexts, games);
      read.cache().close();
      BeamSearch search = BeamSearch.create(decoder, game, BEAM);
      List<BeamTree> trees = search.search(contexts);
      // The first search has torch load its kernels.
      long start = System.nanoTime();
      List<BeamTree> again = search.search(contexts);
      double millis = (System.nanoTime() - start) * 1e-6;
      requireEqual(trees, again);
      return new Plans(decoder.critic(read), trees, millis);
    }
  }

  private static void requireEqual(List<BeamTree> trees, List<BeamTree> again) {
    if (!scores(trees).equals(scores(again))) {
      throw new IllegalStateException("two plans in one context differ in their scores");
    }
  }

  private static List<Double> scores(List<BeamTree> trees) {
    return trees.stream().flatMap(tree -> tree.nodes().stream()).map(BeamTree.Node::score).toList();
  }
}
