package org.jowa.model.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jowa.env.game.Game;
import org.jowa.model.plan.BeamSearch;
import org.jowa.model.plan.BeamSettings;
import org.jowa.model.plan.BeamTree;
import org.jowa.model.plan.BeamTree.Node;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldConfig;

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
    int[][] frames = nodes.size() > 1 ? GoldenTensors.rows(trace("node_obs_tokens")) : null;
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
    boolean same = tree.action() == golden.get("action").asInt();
    boolean nearTie = choices > 0 || tokens > 0;
    results.add(
        same || !nearTie
            ? ParityResult.compared("beam." + key, "action", same ? 0 : 1, 0)
            : new ParityResult("beam." + key, "action", 1, 0, ParityResult.Status.SKIPPED));
    return results;
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
