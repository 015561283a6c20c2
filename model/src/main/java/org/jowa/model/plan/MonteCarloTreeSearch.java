package org.jowa.model.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jowa.env.game.Game;
import org.jowa.error.UsageException;
import org.jowa.model.settings.WorldConfig;
import org.jspecify.annotations.Nullable;

/**
 * Monte Carlo tree search in the imagined world (spec section 6.2), for several environments at
 * once: each has its own tree, and the steps that their simulations ask for are imagined in one
 * batch. A state is imagined once, however many simulations end in it.
 *
 * <p>Every batch has the same number of rows, whatever the trees ask for, so that an environment's
 * plan does not depend on what is planned beside it.
 */
public final class MonteCarloTreeSearch extends ImaginedSearch<MctsTree> {
  private static final int FRAME = WorldConfig.FRAME_TOKENS;
  private static final int BLOCK = WorldConfig.BLOCK_TOKENS;

  private final MctsSettings settings;

  private MonteCarloTreeSearch(
      WorldDecoder decoder,
      Game game,
      MctsSettings settings,
      double behaviourWeight,
      @Nullable Sampling sampling) {
    super(decoder, game, settings.horizon(), settings.speculation(), behaviourWeight, sampling);
    this.settings = settings;
  }

  /**
   * A search in a model.
   *
   * @param decoder shared with others of the same thread; the caller closes it
   * @throws UsageException if the horizon leaves no block for the context
   */
  public static MonteCarloTreeSearch create(
      WorldDecoder decoder, Game game, MctsSettings settings) {
    return create(decoder, game, settings, 0, null);
  }

  /**
   * The same with actions that cost for being rare, and with drawn futures, unless {@code sampling}
   * is null.
   *
   * @param behaviourWeight as in {@link PlannerSettings}
   */
  static MonteCarloTreeSearch create(
      WorldDecoder decoder,
      Game game,
      MctsSettings settings,
      double behaviourWeight,
      @Nullable Sampling sampling) {
    PlannerSettings.mcts(settings, 1).requireFit(decoder.config());
    return new MonteCarloTreeSearch(decoder, game, settings, behaviourWeight, sampling);
  }

  @Override
  public int[] plan(int[][] contexts) {
    return search(contexts).stream().mapToInt(MctsTree::action).toArray();
  }

  @Override
  List<MctsTree> grow(int[][] contexts, List<ActionValues> values, ContextCache context) {
    List<SearchTree> trees = new ArrayList<>();
    for (int i = 0; i < contexts.length; i++) {
      int[] tokens = contexts[i];
      int[] frame = Arrays.copyOfRange(tokens, tokens.length - FRAME, tokens.length);
      trees.add(new SearchTree(settings, valid, values.get(i), frame));
    }
    grow(trees, roots(contexts), context);
    return trees.stream().map(SearchTree::result).toList();
  }

  /** Keys of the draws behind the contexts; null to imagine the likeliest. */
  private long @Nullable [] roots(int[][] contexts) {
    return sampling == null ? null : Arrays.stream(contexts).mapToLong(sampling::root).toArray();
  }

  private void grow(List<SearchTree> trees, long @Nullable [] roots, ContextCache context) {
    int depth = settings.ownCache() ? settings.depth() : 1;
    int width = Math.min(settings.inFlight(), settings.simulations());
    try (BranchCache branches = decoder.branch(context, width, depth * BLOCK);
        NodeCache nodes = depth > 1 ? decoder.nodes(trees.size() * settings.simulations()) : null) {
      while (true) {
        @Nullable SearchNode[] leaves = new SearchNode[trees.size() * width];
        for (int i = 0; i < trees.size(); i++) {
          List<SearchNode> selected = trees.get(i).select();
          for (int branch = 0; branch < selected.size(); branch++) {
            leaves[i * width + branch] = selected.get(branch);
          }
        }
        if (Arrays.stream(leaves).allMatch(leaf -> leaf == null)) {
          return;
        }
        imagine(trees, roots, leaves, width, branches, nodes);
        trees.forEach(SearchTree::finishWaiting);
      }
    }
  }

  private void imagine(
      List<SearchTree> trees,
      long @Nullable [] roots,
      @Nullable SearchNode[] leaves,
      int width,
      BranchCache branches,
      @Nullable NodeCache nodes) {
    int rows = leaves.length;
    int[] starts = new int[rows];
    int[] actions = new int[rows];
    int[][] previous = new int[rows][];
    for (int row = 0; row < rows; row++) {
      SearchNode leaf = leaves[row];
      // A row that nothing is asked of imagines anything, so that all batches have one shape.
      starts[row] = leaf == null ? 0 : BLOCK * level(leaf);
      actions[row] = leaf == null ? valid.actions()[0] : leaf.action;
      SearchNode before =
          leaf == null || !settings.ownCache() ? root(trees, row, width) : leaf.before();
      previous[row] = before.outcome().tokens();
    }
    if (nodes != null) {
      readPasts(leaves, width, branches, nodes);
    }
    Imagination.Frames frames =
        imagination.step(branches, starts, actions, previous, keys(leaves, roots, width));
    float[] costs = penalty.takeOff(frames.critic(), frames.tokens(), previous);
    for (int row = 0; row < rows; row++) {
      if (leaves[row] != null) {
        SearchTree tree = trees.get(row / width);
        tree.imagined(
            leaves[row],
            frames.rewards()[row],
            frames.ends()[row],
            frames.tokens()[row],
            ActionValues.row(frames.critic(), costs, row));
        tree.assignSlot(leaves[row]);
      }
    }
    if (nodes != null) {
      keepBlocks(leaves, width, branches, nodes);
    }
  }

  /** Keys of the draws by row; null to take the likeliest. */
  private static long @Nullable [] keys(
      @Nullable SearchNode[] leaves, long @Nullable [] roots, int width) {
    if (roots == null) {
      return null;
    }
    long[] keys = new long[leaves.length];
    for (int row = 0; row < keys.length; row++) {
      SearchNode leaf = leaves[row];
      if (leaf != null) {
        keys[row] = leaf.key(roots[row / width]);
      }
    }
    return keys;
  }

  private static SearchNode root(List<SearchTree> trees, int row, int width) {
    return trees.get(row / width).root();
  }

  /** Steps between the root and the state that a leaf is imagined from. */
  private int level(SearchNode leaf) {
    return settings.ownCache() ? leaf.depth - 1 : 0;
  }

  private void readPasts(
      @Nullable SearchNode[] leaves, int width, BranchCache branches, NodeCache nodes) {
    int deepest = 0;
    for (SearchNode leaf : leaves) {
      deepest = leaf == null ? deepest : Math.max(deepest, level(leaf));
    }
    int[][] slots = new int[deepest][leaves.length];
    for (int row = 0; row < leaves.length; row++) {
      if (leaves[row] != null) {
        for (SearchNode node = leaves[row].before(); node.depth > 0; node = node.before()) {
          slots[node.depth - 1][row] = slot(node, row, width);
        }
      }
    }
    for (int level = 0; level < deepest; level++) {
      nodes.read(branches, level, slots[level]);
    }
  }

  private void keepBlocks(
      @Nullable SearchNode[] leaves, int width, BranchCache branches, NodeCache nodes) {
    for (int level = 0; level < settings.depth() - 1; level++) {
      List<Integer> rows = new ArrayList<>();
      for (int row = 0; row < leaves.length; row++) {
        if (leaves[row] != null && level(leaves[row]) == level) {
          rows.add(row);
        }
      }
      if (!rows.isEmpty()) {
        nodes.write(
            branches,
            level,
            rows.stream().mapToInt(row -> row).toArray(),
            rows.stream().mapToInt(row -> slot(leaves[row], row, width)).toArray());
      }
    }
  }

  private int slot(SearchNode node, int row, int width) {
    return row / width * settings.simulations() + node.slot;
  }
}
