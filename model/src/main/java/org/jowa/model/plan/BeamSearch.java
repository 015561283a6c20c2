package org.jowa.model.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jowa.env.game.Game;
import org.jowa.error.UsageException;
import org.jowa.model.plan.BeamTree.Node;
import org.jowa.model.settings.WorldConfig;
import org.jspecify.annotations.Nullable;

/**
 * Beam search in the imagined world (spec section 6.1): at every depth the best actions of every
 * kept node are tried, all children of all environments in one batch, and the best children are
 * kept. A child scores its path's discounted predicted rewards plus the discounted value of its own
 * frame; scores of different depths are never compared.
 */
public final class BeamSearch extends ImaginedSearch<BeamTree> {
  private static final int FRAME = WorldConfig.FRAME_TOKENS;
  private static final int BLOCK = WorldConfig.BLOCK_TOKENS;

  private final BeamSettings settings;

  private BeamSearch(
      WorldDecoder decoder,
      Game game,
      BeamSettings settings,
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
  public static BeamSearch create(WorldDecoder decoder, Game game, BeamSettings settings) {
    return create(decoder, game, settings, 0, null);
  }

  /**
   * The same with actions that cost for being rare, and with drawn futures, unless {@code sampling}
   * is null.
   *
   * @param behaviourWeight as in {@link PlannerSettings}
   */
  static BeamSearch create(
      WorldDecoder decoder,
      Game game,
      BeamSettings settings,
      double behaviourWeight,
      @Nullable Sampling sampling) {
    PlannerSettings.beam(settings, 1).requireFit(decoder.config());
    return new BeamSearch(decoder, game, settings, behaviourWeight, sampling);
  }

  @Override
  public int[] plan(int[][] contexts) {
    return search(contexts).stream().mapToInt(BeamTree::action).toArray();
  }

  @Override
  List<BeamTree> grow(int[][] contexts, List<ActionValues> values, ContextCache context) {
    if (contexts[0].length > contextBlocks() * BLOCK - 1) {
      throw new IllegalArgumentException(
          "A context of "
              + contexts[0].length
              + " tokens leaves no room for a horizon of "
              + settings.horizon());
    }
    List<Beam> beams = new ArrayList<>();
    for (int i = 0; i < contexts.length; i++) {
      beams.add(new Beam(contexts[i], values.get(i)));
    }
    grow(beams, context);
    return beams.stream().map(Beam::tree).toList();
  }

  private void grow(List<Beam> beams, ContextCache context) {
    BranchCache leaves = null;
    try {
      for (int depth = 1; depth <= settings.horizon(); depth++) {
        beams.forEach(Beam::expand);
        int branches = beams.get(0).pending.size();
        leaves =
            leaves == null
                ? decoder.branch(context, branches, BLOCK)
                : leaves.fork(
                    parentRows(beams, leaves.branches), (depth - 1) * BLOCK, depth * BLOCK);
        imagine(beams, leaves, depth);
      }
    } finally {
      if (leaves != null) {
        leaves.close();
      }
    }
  }

  private static int[] parentRows(List<Beam> beams, int branches) {
    int[] rows = new int[beams.size() * beams.get(0).pending.size()];
    int at = 0;
    for (int i = 0; i < beams.size(); i++) {
      for (Pending child : beams.get(i).pending) {
        rows[at++] = i * branches + child.parent.branch;
      }
    }
    return rows;
  }

  private void imagine(List<Beam> beams, BranchCache children, int depth) {
    List<Pending> all = beams.stream().flatMap(beam -> beam.pending.stream()).toList();
    int[][] before = all.stream().map(child -> child.parent.node.tokens()).toArray(int[][]::new);
    Imagination.Frames frames =
        imagination.step(
            children,
            all.stream().mapToInt(child -> (depth - 1) * BLOCK).toArray(),
            all.stream().mapToInt(Pending::action).toArray(),
            before,
            sampling == null ? null : all.stream().mapToLong(Pending::key).toArray());
    float[] costs = penalty.takeOff(frames.critic(), frames.tokens(), before);
    int row = 0;
    for (Beam beam : beams) {
      for (int branch = 0; branch < beam.pending.size(); branch++) {
        beam.add(frames, ActionValues.row(frames.critic(), costs, row), row, branch, depth);
        row++;
      }
      beam.keepBest();
    }
  }

  /** A node with what the search needs to go on from it. */
  private record Leaf(
      Node node, float[] costs, int index, int branch, double earned, boolean ended, long key) {}

  /** A child to be imagined. */
  private record Pending(Leaf parent, int action) {
    /** Of what is drawn for it. */
    long key() {
      return Sampling.child(parent.key, action);
    }
  }

  /** The search of one environment. */
  private final class Beam {
    private final List<Node> nodes = new ArrayList<>();
    private List<Leaf> leaves = new ArrayList<>();
    private List<Pending> pending = List.of();

    Beam(int[] context, ActionValues values) {
      int[] frame = Arrays.copyOfRange(context, context.length - FRAME, context.length);
      float value = valid.best(values.critic(), 0);
      Node root = new Node(-1, -1, 0, value, value, frame, values.critic());
      nodes.add(root);
      long key = sampling == null ? 0 : sampling.root(context);
      leaves.add(new Leaf(root, values.costs(), 0, 0, 0, false, key));
    }

    /** Every kept node's best actions; the node's own order, then the action's rank. */
    void expand() {
      int count = Math.min(settings.width(), valid.size());
      pending = new ArrayList<>();
      for (Leaf leaf : leaves) {
        for (int action : valid.top(leaf.node.critic(), 0, count)) {
          pending.add(new Pending(leaf, action));
        }
      }
      leaves = new ArrayList<>();
    }

    void add(Imagination.Frames frames, ActionValues values, int row, int branch, int depth) {
      Pending child = pending.get(branch);
      float[] critic = values.critic();
      boolean respected = settings.ends() == BeamSettings.Ends.RESPECTED;
      boolean over = respected && child.parent.ended;
      boolean ended = respected && (over || frames.ends()[row]);
      int reward = over ? 0 : frames.rewards()[row];
      double value = ended ? 0 : valid.best(critic, 0);
      double gain = over ? 0 : reward - child.parent.costs[child.action];
      double earned = child.parent.earned + Math.pow(settings.discount(), depth - 1) * gain;
      if (Float.isInfinite(child.parent.node.critic()[child.action])) {
        // Tried for want of others: what the data doesn't support never wins.
        earned = Double.NEGATIVE_INFINITY;
      }
      double score = earned + Math.pow(settings.discount(), depth) * value;
      Node node =
          new Node(
              child.parent.index, child.action, reward, value, score, frames.tokens()[row], critic);
      leaves.add(new Leaf(node, values.costs(), nodes.size(), branch, earned, ended, child.key()));
      nodes.add(node);
    }

    void keepBest() {
      leaves =
          leaves.stream()
              .sorted(Comparator.comparingDouble(leaf -> -leaf.node.score()))
              .limit(settings.width())
              .toList();
    }

    BeamTree tree() {
      Node best = leaves.get(0).node;
      if (best.parent() < 0) {
        return new BeamTree(List.copyOf(nodes), valid.top(best.critic(), 0, 1)[0]);
      }
      while (best.parent() > 0) {
        best = nodes.get(best.parent());
      }
      return new BeamTree(List.copyOf(nodes), best.action());
    }
  }
}
