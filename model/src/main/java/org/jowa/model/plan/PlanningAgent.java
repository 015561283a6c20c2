package org.jowa.model.plan;

import static org.jowa.env.game.Observation.SIDE;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.env.game.Game;
import org.jowa.error.UsageException;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * Plays one game in several environments at once: frames in, actions out (spec section 6.3). Each
 * row has its own memory, and its own random draws as a function of (seed, episode, step).
 *
 * <p>Whatever happens in other rows, a row is computed among as many as the agent is wide: rows
 * whose episodes began apart, and so differ in the length of their contexts, are planned in batches
 * of their own, filled up to the full width. The shapes of a row's operators are then those of its
 * own episode, and a row can begin the next episode at any time without changing another's actions.
 *
 * <p>Not thread-safe.
 */
public final class PlanningAgent implements AutoCloseable {
  private static final int SITE = 0;

  /** Of the draws of planners. */
  private static final int PLANS = 2;

  private final UnaryOperator<Tensor> tokenizer;
  private final WorldDecoder decoder;
  private final Planner planner;
  private final PlannerSettings settings;
  private final Game game;
  private final long seed;
  private final TokenBuffer[] buffers;
  private final long[] episodes;
  private final long[] steps;

  /** Of plans in the first row; null where nobody watches. */
  private @Nullable Consumer<BeamTree> watcher;

  private PlanningAgent(
      UnaryOperator<Tensor> tokenizer,
      WorldDecoder decoder,
      Game game,
      PlannerSettings settings,
      int width,
      long seed) {
    this.tokenizer = tokenizer;
    this.decoder = decoder;
    this.planner = settings.create(decoder, game, seed);
    this.settings = settings;
    this.game = game;
    this.seed = seed;
    episodes = new long[width];
    steps = new long[width];
    buffers = new TokenBuffer[width];
    for (int row = 0; row < width; row++) {
      buffers[row] = new TokenBuffer(settings.context());
    }
  }

  /**
   * An agent that plays with a model.
   *
   * @param tokenizer used as it is; the caller closes it, after the agent
   * @param decoder of the model's weights, which the agent owns from now on
   * @param width environments played at once
   * @param seed of the random actions
   * @throws UsageException if the settings don't fit the model
   */
  public static PlanningAgent create(
      FrameTokenizer tokenizer,
      WorldDecoder decoder,
      Game game,
      PlannerSettings settings,
      int width,
      long seed) {
    FrameTokenizer ofGame = tokenizer.forGame(game.id());
    return create(ofGame::tokens, decoder, game, settings, width, seed);
  }

  /** An agent on a decoder, which it owns, and any function from frames to tokens. */
  static PlanningAgent create(
      UnaryOperator<Tensor> tokenizer,
      WorldDecoder decoder,
      Game game,
      PlannerSettings settings,
      int width,
      long seed) {
    try {
      return new PlanningAgent(tokenizer, decoder, game, settings, width, seed);
    } catch (RuntimeException e) {
      decoder.close();
      throw e;
    }
  }

  /**
   * Forgets what a row has seen; the next frame is the first of an episode.
   *
   * @param episode number of the episode in the evaluation, for its random draws
   */
  public void startEpisode(int row, long episode) {
    buffers[row].clear();
    episodes[row] = episode;
    steps[row] = 0;
  }

  /**
   * Lets somebody see what is planned in the first row.
   *
   * @throws UsageException if the planner isn't beam search
   */
  public void watch(Consumer<BeamTree> watcher) {
    if (!(planner instanceof BeamSearch)) {
      throw new UsageException("Only plans of beam search can be watched");
    }
    this.watcher = watcher;
  }

  /**
   * Chooses an action for every row.
   *
   * @param frames direct, [width, 84, 84] uint8; what stands in rows that are not active is of no
   *     consequence
   * @param active rows whose episode is running
   * @return [width] full-set actions, each valid in the game; of no meaning where not active
   */
  public int[] act(ByteBuffer frames, boolean[] active) {
    int width = buffers.length;
    long[] tokens;
    try (StepScope scope = StepScope.inference()) {
      tokens =
          Tensors.longs(tokenizer.apply(Tensors.of(ScalarType.Byte, frames, width, SIDE, SIDE)));
    }
    for (int row = 0; row < width; row++) {
      if (active[row]) {
        buffers[row].addFrame(tokens, row * WorldConfig.FRAME_TOKENS);
      }
    }
    int[] actions = plan(active);
    for (int row = 0; row < width; row++) {
      if (active[row]) {
        actions[row] =
            perhapsRandom(settings.epsilon(), game, seed, episodes[row], steps[row], actions[row]);
        buffers[row].addAction(actions[row]);
        steps[row]++;
      }
    }
    return actions;
  }

  /** Plans rows of equally long contexts together; all are, unless episodes began apart. */
  private int[] plan(boolean[] active) {
    Map<Integer, List<Integer>> rowsByLength = new TreeMap<>();
    int[][] contexts = new int[buffers.length][];
    for (int row = 0; row < contexts.length; row++) {
      if (active[row]) {
        contexts[row] = buffers[row].context(planner.contextBlocks());
        rowsByLength.computeIfAbsent(contexts[row].length, length -> new ArrayList<>()).add(row);
      }
    }
    long[] keys = new long[contexts.length];
    Arrays.setAll(keys, row -> FunctionalRandom.key(seed, steps[row], episodes[row], PLANS));
    int[] actions = new int[contexts.length];
    Arrays.fill(actions, game.minimalActions().get(0));
    for (List<Integer> rows : rowsByLength.values()) {
      int[][] batch = new int[contexts.length][];
      Arrays.fill(batch, contexts[rows.get(0)]);
      rows.forEach(row -> batch[row] = contexts[row]);
      int[] planned = plan(batch, keys, rows.contains(0));
      rows.forEach(row -> actions[row] = planned[row]);
    }
    return actions;
  }

  private int[] plan(int[][] batch, long[] keys, boolean withFirst) {
    if (watcher == null || !withFirst) {
      return planner.plan(batch, keys);
    }
    List<BeamTree> trees = ((BeamSearch) planner).search(batch);
    watcher.accept(trees.get(0));
    return trees.stream().mapToInt(BeamTree::action).toArray();
  }

  /** What imagining has cost so far. */
  public Imagination.Cost cost() {
    return planner.cost();
  }

  /**
   * An action that was planned, or a random one in its place.
   *
   * @param episode and
   * @param step number what is drawn
   */
  public static int perhapsRandom(
      double epsilon, Game game, long seed, long episode, long step, int planned) {
    long key = FunctionalRandom.key(seed, step, episode, SITE);
    if (FunctionalRandom.uniform(key, 0) >= epsilon) {
      return planned;
    }
    int[] actions = ActionSet.of(game).actions();
    return actions[(int) (FunctionalRandom.uniform(key, 1) * actions.length)];
  }

  @Override
  public void close() {
    decoder.close();
  }
}
