package org.jowa.model.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jowa.env.game.Game;
import org.jowa.model.imagine.ImaginedSequence;
import org.jowa.model.imagine.SequenceImaginer;
import org.jowa.model.plan.BeamSearch;
import org.jowa.model.plan.BeamSettings;
import org.jowa.model.plan.BeamTree;
import org.jowa.model.plan.BeamTree.Node;
import org.jowa.model.settings.ImaginationSettings;
import org.jowa.model.settings.ImaginationSettings.Mode;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldBatch;

/**
 * One golden beam search against ours, node by node in the order of creation. Where two tokens or
 * two choices are nearer than rounding, either is right; what follows from another one is not
 * compared.
 */
final class BeamParity {
  private static final double VALUE_TOLERANCE = 1e-5;
  private static final double MARGIN = 1e-3;

  private final String key;
  private final Safetensors traces;
  private final JsonNode golden;
  private final GoldenDecoder model;
  private final Game game;
  private final int[] context;
  private final List<ParityResult> results = new ArrayList<>();

  BeamParity(JsonNode golden, Safetensors traces, GoldenDecoder model, Game game) {
    this.golden = golden;
    this.key = golden.get("key").asText();
    this.traces = traces;
    this.model = model;
    this.game = game;
    this.context = GoldenTensors.ints(trace("context"));
  }

  List<ParityResult> run() {
    BeamSettings settings =
        BeamSettings.of(golden.get("beam_width").asInt(), golden.get("horizon").asInt());
    BeamSearch search = BeamSearch.create(model.decoder(), game, settings);
    int most = search.contextBlocks() * WorldConfig.BLOCK_TOKENS - 1;
    int[] newest = Arrays.copyOfRange(context, Math.max(0, context.length - most), context.length);
    BeamTree tree = search.search(new int[][] {newest}).get(0);
    List<Node> nodes = tree.nodes();

    int[] parents = GoldenTensors.ints(trace("node_parent"));
    int[] actions = GoldenTensors.ints(trace("node_action"));
    int[][] frames = nodes.size() > 1 ? GoldenTensors.rows(trace("node_obs_tokens")) : new int[0][];
    float[] values = Tensors.floats(trace("node_r_v_score"));
    double choices = parents.length == nodes.size() ? 0 : Double.POSITIVE_INFINITY;
    double tokens = 0;
    double worst = criticError(nodes.get(0).critic());
    double largest = 1;
    for (int i = 0; i < Math.min(parents.length, nodes.size()); i++) {
      Node node = nodes.get(i);
      if (node.parent() != parents[i] || node.action() != actions[i]) {
        choices = Math.max(choices, choiceGap(nodes, i, parents[i], actions[i]));
        break;
      }
      if (i > 0 && !Arrays.equals(node.tokens(), frames[i - 1])) {
        tokens = tokenGap(newest, nodes, i, frames[i - 1]);
        break;
      }
      double[] ours = {node.reward(), node.value(), node.score()};
      for (int j = 0; j < ours.length; j++) {
        worst = Math.max(worst, Math.abs(ours[j] - values[3 * i + j]));
        largest = Math.max(largest, Math.abs(values[3 * i + j]));
      }
    }
    results.add(ParityResult.compared("beam." + key, "tokens", tokens, MARGIN));
    results.add(ParityResult.compared("beam." + key, "choices", choices, MARGIN));
    results.add(ParityResult.compared("beam." + key, "values", worst / largest, VALUE_TOLERANCE));
    if (choices == 0 && tokens == 0 && isWhole(settings)) {
      for (Mode mode : Mode.values()) {
        imagined(settings, mode, parents, actions, frames, values);
      }
    }
    boolean same = tree.action() == golden.get("action").asInt();
    boolean nearTie = choices > 0 || tokens > 0;
    results.add(
        same || !nearTie
            ? ParityResult.compared("beam." + key, "action", same ? 0 : 1, 0)
            : new ParityResult("beam." + key, "action", 1, 0, ParityResult.Status.SKIPPED));
    return results;
  }

  /** Whether the context fills a training sequence, which a plan can then go on with. */
  private boolean isWhole(BeamSettings settings) {
    int blocks = (context.length + 1) / WorldConfig.BLOCK_TOKENS;
    return settings.horizon() > 0 && blocks == model.decoder().config().blocks();
  }

  /** The training sequence that the plan makes of this context, against the golden plan. */
  private void imagined(
      BeamSettings settings,
      Mode mode,
      int[] parents,
      int[] actions,
      int[][] frames,
      float[] values) {
    int steps = model.decoder().config().blocks();
    WorldBatch played = played(steps);
    ImaginationSettings imagination =
        new ImaginationSettings(1, 0, 1, 1, 1, settings.width(), settings.horizon(), mode);
    ImaginedSequence sequence =
        new SequenceImaginer(
                model.decoder(), imagination, settings.discount(), UnaryOperator.identity())
            .imagine(played)[0];
    List<Integer> path = goldenPath(parents, values, settings.horizon());
    int seen = steps - path.size();
    int early = mode == Mode.REFERENCE ? 1 : 0;
    List<Integer> expected = new ArrayList<>();
    List<Integer> found = new ArrayList<>();
    for (int t = 0; t < steps; t++) {
      int step = Math.min(t, steps - 2);
      boolean real = step < seen - 1;
      int node = real ? 0 : path.get(step - seen + 1);
      int at = path.size() + step + early;
      expected.add(real ? played.actions()[at] : actions[node]);
      expected.add(real ? (int) played.rewards()[at] : (int) values[3 * node]);
      found.add(sequence.actions()[t]);
      found.add((int) sequence.rewards()[t]);
      for (int i = 0; i < WorldConfig.FRAME_TOKENS; i++) {
        int place = (path.size() + t) * WorldConfig.FRAME_TOKENS + i;
        expected.add(t < seen ? played.tokens()[place] : frames[path.get(t - seen) - 1][i]);
        found.add(sequence.tokens()[t * WorldConfig.FRAME_TOKENS + i]);
      }
    }
    double wrong = 0;
    for (int i = 0; i < expected.size(); i++) {
      wrong += expected.get(i).equals(found.get(i)) ? 0 : 1;
    }
    results.add(
        ParityResult.compared(
            "beam." + key, "sequence imagined, " + mode.name().toLowerCase(Locale.ROOT), wrong, 0));
  }

  /**
   * The context with an action at its end, and a reward for each step that tells it from others.
   */
  private WorldBatch played(int steps) {
    int[] tokens = new int[steps * WorldConfig.FRAME_TOKENS];
    int[] actions = new int[steps];
    float[] rewards = new float[steps];
    byte[] mask = new byte[steps];
    Arrays.fill(mask, (byte) 1);
    for (int t = 0; t < steps; t++) {
      int at = t * WorldConfig.BLOCK_TOKENS;
      System.arraycopy(context, at, tokens, t * WorldConfig.FRAME_TOKENS, WorldConfig.FRAME_TOKENS);
      int action = at + WorldConfig.FRAME_TOKENS;
      actions[t] = action < context.length ? context[action] : WorldConfig.ACTIONS - 1;
      rewards[t] = 10 + t;
    }
    return new WorldBatch(
        1,
        steps,
        1,
        new long[] {0},
        new int[] {game.id()},
        tokens,
        actions,
        rewards,
        new byte[steps],
        mask);
  }

  /** Nodes on the way to the best one of the last depth, by the golden scores. */
  private static List<Integer> goldenPath(int[] parents, float[] values, int horizon) {
    List<Integer> best = List.of();
    double score = Double.NEGATIVE_INFINITY;
    for (int node = 1; node < parents.length; node++) {
      List<Integer> path = new ArrayList<>();
      for (int i = node; i > 0; i = parents[i]) {
        path.add(0, i);
      }
      if (path.size() == horizon && values[3 * node + 2] > score) {
        score = values[3 * node + 2];
        best = path;
      }
    }
    return best;
  }

  private double criticError(float[] critic) {
    float[] expected = Tensors.floats(trace("root_critic"));
    boolean[] valid = game.validActions();
    double worst = 0;
    for (int action = 0; action < critic.length; action++) {
      double error =
          valid[action]
              ? Math.abs(critic[action] - expected[action])
              : expected[action] == Float.NEGATIVE_INFINITY ? 0 : Double.POSITIVE_INFINITY;
      worst = Math.max(worst, error);
    }
    return worst;
  }

  /** How far apart two choices are: of actions of one parent, or of parents. */
  private static double choiceGap(List<Node> nodes, int index, int parent, int action) {
    Node ours = nodes.get(index);
    if (ours.parent() == parent) {
      float[] critic = nodes.get(parent).critic();
      return Math.abs(critic[ours.action()] - critic[action]);
    }
    return Math.abs(nodes.get(ours.parent()).score() - nodes.get(parent).score());
  }

  /** How far the golden token's logit is below ours, at the first one that differs. */
  private double tokenGap(int[] newest, List<Node> nodes, int index, int[] expected) {
    List<int[]> path = new ArrayList<>();
    for (int i = index; i > 0; i = nodes.get(i).parent()) {
      path.add(0, nodes.get(i).tokens());
      path.add(0, new int[] {nodes.get(i).action()});
    }
    path.add(0, newest);
    int[] sequence = path.stream().flatMapToInt(Arrays::stream).toArray();
    int[] tokens = nodes.get(index).tokens();
    int first = Arrays.mismatch(tokens, expected);
    int before = sequence.length - tokens.length + first;
    return model.logitGap(
        Arrays.copyOf(sequence, before), game.id(), tokens[first], expected[first]);
  }

  private Tensor trace(String name) {
    return traces.tensor(key + "." + name);
  }
}
