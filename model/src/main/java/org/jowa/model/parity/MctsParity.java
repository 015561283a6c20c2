package org.jowa.model.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jowa.env.game.Game;
import org.jowa.model.plan.MctsSettings;
import org.jowa.model.plan.MctsTree;
import org.jowa.model.plan.MonteCarloTreeSearch;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.Tensors;

/**
 * One golden tree search against ours, simulation by simulation. Where two scores are nearer than
 * rounding, either action is right; what follows from another one is not compared.
 */
final class MctsParity {
  private static final double VALUE_TOLERANCE = 1e-5;
  private static final double MARGIN = 1e-3;

  private final String key;
  private final JsonNode golden;
  private final Safetensors traces;
  private final GoldenDecoder model;
  private final Game game;
  private final List<ParityResult> results = new ArrayList<>();

  MctsParity(JsonNode golden, Safetensors traces, GoldenDecoder model, Game game) {
    this.key = golden.get("key").asText();
    this.golden = golden;
    this.traces = traces;
    this.model = model;
    this.game = game;
  }

  List<ParityResult> run() {
    MctsTree tree = search();
    int[][] paths = GoldenTensors.rows(traces.tensor(key + ".paths"));
    double gap = paths.length == tree.paths().size() ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < paths.length && gap == 0; i++) {
      int[] expected = Arrays.stream(paths[i]).filter(action -> action >= 0).toArray();
      if (!Arrays.equals(tree.paths().get(i), expected)) {
        gap = tree.margins()[i];
      }
    }
    add("paths", gap, MARGIN);
    if (gap == 0) {
      compareValues(tree);
      add("action", tree.action() == golden.get("action").asInt() ? 0 : 1, 0);
    } else {
      for (String quantity : new String[] {"visits", "values", "action"}) {
        results.add(new ParityResult("mcts." + key, quantity, 1, 0, ParityResult.Status.SKIPPED));
      }
    }
    return results;
  }

  private MctsTree search() {
    boolean ownCache = golden.get("kv_fixed").asBoolean();
    MctsSettings settings =
        MctsSettings.of(
                ownCache ? MctsSettings.Mode.REFERENCE_FIXED_CACHE : MctsSettings.Mode.REFERENCE)
            .withHorizon(golden.get("horizon").asInt())
            .withSimulations(golden.get("num_simulations").asInt())
            .withTemperature(golden.get("temperature").asDouble())
            .withChoice(
                golden.get("use_count").asBoolean()
                    ? MctsSettings.Choice.VISITS
                    : MctsSettings.Choice.VALUE);
    MonteCarloTreeSearch search = MonteCarloTreeSearch.create(model.decoder(), game, settings);
    int[] context = GoldenTensors.ints(traces.tensor(key + ".context"));
    int most = search.contextBlocks() * WorldConfig.BLOCK_TOKENS - 1;
    int[] newest = Arrays.copyOfRange(context, Math.max(0, context.length - most), context.length);
    return search.search(new int[][] {newest}).get(0);
  }

  /** Visits, and mean value, prior, reward and critic of every action at the root. */
  private void compareValues(MctsTree tree) {
    Tensor trace = traces.tensor(key + ".root");
    float[] expected = Tensors.floats(trace);
    int columns = (int) trace.size(1);
    boolean[] valid = game.validActions();
    double visits = 0;
    double worst = 0;
    double largest = 1;
    for (int action = 0; action < valid.length; action++) {
      MctsTree.Child child = tree.children().get(action);
      int at = action * columns;
      visits = Math.max(visits, Math.abs(child.visits() - expected[at]));
      double[] ours = {child.mean(), child.prior(), child.reward(), tree.critic()[action]};
      for (int j = 0; j < ours.length; j++) {
        double golden = expected[at + 1 + j];
        if (j == 3 && !valid[action]) {
          worst = golden == Double.NEGATIVE_INFINITY ? worst : Double.POSITIVE_INFINITY;
          continue;
        }
        worst = Math.max(worst, Math.abs(ours[j] - golden));
        largest = Math.max(largest, Math.abs(golden));
      }
    }
    worst = Math.max(worst, Math.abs(tree.min() - golden.get("min_max").get(0).asDouble()));
    worst = Math.max(worst, Math.abs(tree.max() - golden.get("min_max").get(1).asDouble()));
    add("visits", visits, 0);
    add("values", worst / largest, VALUE_TOLERANCE);
  }

  private void add(String quantity, double error, double tolerance) {
    results.add(ParityResult.compared("mcts." + key, quantity, error, tolerance));
  }
}
