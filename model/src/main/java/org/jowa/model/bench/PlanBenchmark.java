package org.jowa.model.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jowa.env.game.Game;
import org.jowa.model.plan.BeamSearch;
import org.jowa.model.plan.BeamSettings;
import org.jowa.model.plan.BeamSettings.Speculation;
import org.jowa.model.plan.BranchCache;
import org.jowa.model.plan.ContextCache;
import org.jowa.model.plan.GreedyPlanner;
import org.jowa.model.plan.Imagination;
import org.jowa.model.plan.MctsSettings;
import org.jowa.model.plan.MonteCarloTreeSearch;
import org.jowa.model.plan.Planner;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;

/**
 * Times the parts of a plan and whole decisions. Random weights give true times of passes; how many
 * passes a frame takes with speculation is known only with a trained model and real contexts.
 */
public final class PlanBenchmark {
  private static final int BLOCK = WorldConfig.BLOCK_TOKENS;
  private static final int WARM_UP = 3;

  private final WorldDecoder decoder;
  private final Game game;
  private final int[][] contexts;
  private final int runs;
  private final List<Measurement> measurements = new ArrayList<>();
  private final List<Timed> decisions = new ArrayList<>();

  private PlanBenchmark(WorldDecoder decoder, Game game, int[][] contexts, int runs) {
    this.decoder = decoder;
    this.game = game;
    this.contexts = contexts;
    this.runs = runs;
  }

  /**
   * One timed operation.
   *
   * @param name of the operation
   * @param decision whether it chooses an action for every environment
   * @param environments it serves
   * @param tokens it feeds to the model, in all rows; a decision's include its context
   * @param passesPerFrame passes that an imagined frame took; 0 where none was imagined
   * @param acceptance share of guessed tokens that were right; 0 where none was guessed
   * @param gflop of matrix products
   */
  public record Measurement(
      String name,
      boolean decision,
      int environments,
      long tokens,
      double passesPerFrame,
      double acceptance,
      int runs,
      double medianMillis,
      double minMillis,
      double gflop) {
    public double tokensPerSecond() {
      return 1000 * tokens / medianMillis;
    }

    /** Decisions a second of all environments; means something for decisions only. */
    public double decisionsPerSecond() {
      return 1000 * environments / medianMillis;
    }
  }

  /**
   * Times the read of the contexts, a pass of one token and of a whole frame for the branches that
   * a search of the given width has, and decisions: greedy, beam search without and with
   * speculation and as it chooses itself, tree search.
   *
   * @param contexts of the environments, as for {@link Planner#plan}; they leave room for the
   *     horizon
   * @param runs of every operation, after a few that are not counted
   */
  public static List<Measurement> run(
      WorldDecoder decoder, Game game, int[][] contexts, BeamSettings beam, int runs) {
    PlanBenchmark benchmark = new PlanBenchmark(decoder, game, contexts, runs);
    benchmark.prefill();
    int branches = Math.min(beam.width(), game.minimalActions().size());
    benchmark.pass("token pass", branches, 1);
    benchmark.pass("frame pass", branches, BLOCK - 1);
    benchmark.decision("greedy", GreedyPlanner.create(decoder, game));
    BeamSearch plain = BeamSearch.create(decoder, game, beam.withSpeculation(Speculation.OFF));
    benchmark.decision("beam, one token a pass", plain);
    BeamSearch speculative = BeamSearch.create(decoder, game, beam.withSpeculation(Speculation.ON));
    benchmark.decision("beam, speculative", speculative);
    benchmark.decision(
        "beam, speculative while it pays",
        BeamSearch.create(decoder, game, beam.withSpeculation(Speculation.AUTO)));
    MctsSettings reference = MctsSettings.of(MctsSettings.Mode.REPAIRED);
    MctsSettings mcts =
        reference.withHorizon(Math.min(reference.horizon(), decoder.config().blocks() - 1));
    benchmark.decision(
        "tree search, " + mcts.simulations() + " simulations",
        MonteCarloTreeSearch.create(decoder, game, mcts));
    benchmark.takeTurns();
    return List.copyOf(benchmark.measurements);
  }

  /** Contexts of random tokens. */
  public static int[][] randomContexts(WorldConfig config, int environments, int blocks) {
    Random random = new Random(environments);
    int[][] contexts = new int[environments][blocks * BLOCK - 1];
    for (int[] context : contexts) {
      for (int i = 0; i < context.length; i++) {
        boolean action = i % BLOCK == WorldConfig.ACTION_OFFSET;
        context[i] = random.nextInt(action ? WorldConfig.ACTIONS : config.codebookSize());
      }
    }
    return contexts;
  }

  private void prefill() {
    long tokens = (long) contexts.length * contexts[0].length;
    measure(
        "prefill", false, tokens, () -> Imagination.Cost.NONE, () -> prefilled().cache().close());
  }

  private void pass(String name, int branches, int tokens) {
    int rows = contexts.length * branches;
    int[] fed = new int[rows * tokens];
    int[] starts = new int[rows];
    try (StepScope scope = StepScope.inference();
        ContextCache cache = prefilled().cache();
        BranchCache rowsOfBranches = decoder.branch(cache, branches, BLOCK)) {
      measure(
          name,
          false,
          fed.length,
          () -> Imagination.Cost.NONE,
          () ->
              WorldDecoder.argmax(
                  decoder.observationLogits(decoder.advance(rowsOfBranches, fed, starts, starts))));
    }
  }

  private void decision(String name, Planner planner) {
    int most = planner.contextBlocks() * BLOCK - 1;
    int[][] newest = new int[contexts.length][];
    for (int i = 0; i < contexts.length; i++) {
      int length = contexts[i].length;
      newest[i] = Arrays.copyOfRange(contexts[i], Math.max(0, length - most), length);
    }
    long tokens = (long) newest.length * newest[0].length;
    decisions.add(new Timed(name, true, tokens, planner::cost, () -> planner.plan(newest)));
  }

  /** Times all decisions in turns: what else the machine does meets them alike. */
  private void takeTurns() {
    for (Timed decision : decisions) {
      decision.warmUp();
    }
    for (int i = 0; i < runs; i++) {
      for (Timed decision : decisions) {
        decision.millis[i] = timed(decision.operation);
      }
    }
    for (Timed decision : decisions) {
      measurements.add(decision.measurement());
    }
  }

  private WorldDecoder.Prefilled prefilled() {
    int[] games = new int[contexts.length];
    Arrays.fill(games, game.id());
    return decoder.prefill(contexts, games);
  }

  private void measure(
      String name,
      boolean decision,
      long tokens,
      Supplier<Imagination.Cost> cost,
      Runnable operation) {
    Timed timed = new Timed(name, decision, tokens, cost, operation);
    timed.warmUp();
    for (int i = 0; i < runs; i++) {
      timed.millis[i] = timed(operation);
    }
    measurements.add(timed.measurement());
  }

  /** An operation, and the times that it has taken. */
  private final class Timed {
    private final String name;
    private final boolean decision;
    private final long tokens;
    private final Supplier<Imagination.Cost> cost;
    private final Runnable operation;
    private final double[] millis = new double[runs];
    private Imagination.Cost before;

    Timed(
        String name,
        boolean decision,
        long tokens,
        Supplier<Imagination.Cost> cost,
        Runnable operation) {
      this.name = name;
      this.decision = decision;
      this.tokens = tokens;
      this.cost = cost;
      this.operation = operation;
      before = cost.get();
    }

    void warmUp() {
      for (int i = 0; i < WARM_UP; i++) {
        timed(operation);
      }
      before = cost.get();
    }

    Measurement measurement() {
      Imagination.Cost spent = cost.get().minus(before);
      Arrays.sort(millis);
      long imagined = spent.fedTokens() / runs;
      return new Measurement(
          name,
          decision,
          contexts.length,
          tokens + imagined,
          spent.passesPerFrame(),
          spent.acceptance(),
          runs,
          millis[runs / 2],
          millis[0],
          gflop(tokens + imagined));
    }
  }

  private static double timed(Runnable operation) {
    try (StepScope scope = StepScope.inference()) {
      long start = System.nanoTime();
      operation.run();
      return (System.nanoTime() - start) / 1e6;
    }
  }

  /** Of the transformer's linear layers; attention and heads are small beside them. */
  private double gflop(long tokens) {
    double width = decoder.config().width();
    return 2e-9 * tokens * decoder.config().layers() * 12 * width * width;
  }
}
