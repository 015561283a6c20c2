package org.jowa.model.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jowa.model.plan.SearchNode.Outcome;
import org.jowa.model.settings.WorldConfig;
import org.jspecify.annotations.Nullable;

/**
 * The tree of one environment: pUCT with min-max normalised values (spec section 6.2). It decides
 * what to imagine next and takes in what was imagined; the model is not known here.
 */
final class SearchTree {
  private static final int ACTIONS = WorldConfig.ACTIONS;
  private static final double C_BASE = 19652;
  private static final double C_INIT = 1.25;
  private static final double LEAST_PRIOR = 1e-12;

  private final MctsSettings settings;
  private final ActionSet valid;
  private final SearchNode root = new SearchNode(null, -1);
  private final ActionValues rootValues;

  /** Outcomes of actions at the root, which with the reference's cache are those everywhere. */
  private final @Nullable Outcome[] byAction = new Outcome[ACTIONS];

  private final List<int[]> paths = new ArrayList<>();
  private final double[] margins;
  private final List<SearchNode> inFlight = new ArrayList<>();
  private int slots;
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;

  /**
   * @param values of the actions at the newest frame
   * @param frame [36] its tokens
   */
  SearchTree(MctsSettings settings, ActionSet valid, ActionValues values, int[] frame) {
    this.settings = settings;
    this.margins = new double[settings.simulations()];
    this.valid = valid;
    this.rootValues = values;
    float[] critic = values.critic();
    root.imagined(new Outcome(0, value(critic), false, frame, priors(critic), values.costs()));
  }

  SearchNode root() {
    return root;
  }

  /**
   * Starts simulations until so many wait for the model, or all are started. Those that end in
   * states known already are over at once.
   *
   * @return the states to imagine, each once
   */
  List<SearchNode> select() {
    List<SearchNode> leaves = new ArrayList<>();
    while (inFlight.size() < settings.inFlight() && paths.size() < settings.simulations()) {
      SearchNode leaf = descend();
      paths.add(path(leaf));
      if (!leaf.isImagined() && !settings.ownCache()) {
        leaf.imagined(byAction[leaf.action]);
      }
      if (leaf.isImagined()) {
        backUp(leaf);
        continue;
      }
      for (SearchNode node = leaf; node != null; node = node.parent) {
        node.inFlight++;
      }
      inFlight.add(leaf);
      if (!leaf.pending) {
        leaf.pending = true;
        leaves.add(leaf);
      }
    }
    return leaves;
  }

  /** Gives a free place in the cache of nodes to a state that others will be imagined from. */
  void assignSlot(SearchNode node) {
    if (settings.ownCache() && node.depth < settings.depth()) {
      node.slot = slots++;
    }
  }

  /** Takes in what was imagined of a state. */
  void imagined(
      SearchNode leaf, int reward, boolean endPredicted, int[] tokens, ActionValues values) {
    float[] critic = values.critic();
    boolean ended = endPredicted && settings.ends() == BeamSettings.Ends.RESPECTED;
    double value = ended ? 0 : value(critic);
    Outcome outcome = new Outcome(reward, value, ended, tokens, priors(critic), values.costs());
    leaf.imagined(outcome);
    leaf.pending = false;
    byAction[leaf.action] = outcome;
  }

  /** Ends the simulations that were waiting, in the order of their start. */
  void finishWaiting() {
    for (SearchNode leaf : inFlight) {
      for (SearchNode node = leaf; node != null; node = node.parent) {
        node.inFlight--;
      }
      backUp(leaf);
    }
    inFlight.clear();
  }

  private SearchNode descend() {
    SearchNode node = root;
    margins[paths.size()] = Double.POSITIVE_INFINITY;
    while (node.isImagined() && !node.outcome().ended() && node.depth < settings.depth()) {
      node = node.child(bestAction(node));
    }
    return node;
  }

  private int bestAction(SearchNode node) {
    double[] priors = node.outcome().priors();
    int best = -1;
    double bestScore = Double.NEGATIVE_INFINITY;
    double secondScore = Double.NEGATIVE_INFINITY;
    for (int action = 0; action < ACTIONS; action++) {
      if (priors[action] == 0) {
        continue;
      }
      double score = score(node, action);
      boolean tie = score == bestScore;
      boolean wins = score > bestScore || (tie && winsTie(priors, action, best));
      secondScore = Math.max(secondScore, Math.min(score, bestScore));
      if (best < 0 || wins) {
        best = action;
        bestScore = score;
      }
    }
    if (secondScore < bestScore) {
      margins[paths.size()] = Math.min(margins[paths.size()], bestScore - secondScore);
    }
    return best;
  }

  /** The reference takes the largest action; the likeliest one says more. */
  private boolean winsTie(double[] priors, int action, int best) {
    return settings.mode() != MctsSettings.Mode.REPAIRED || priors[action] > priors[best];
  }

  private double score(SearchNode node, int action) {
    SearchNode child = node.known(action);
    int parentVisits = node.visits + node.inFlight;
    int visits = child == null ? 0 : child.visits + child.inFlight;
    double weight = Math.log((parentVisits + C_BASE + 1) / C_BASE) + C_INIT;
    double exploration =
        node.outcome().priors()[action] * Math.sqrt(parentVisits) * weight / (visits + 1);
    return exploration + (child == null || child.visits == 0 ? 0 : value(child));
  }

  /** Normalised; simulations in flight count as the worst that was seen. */
  private double value(SearchNode child) {
    double mean =
        child.inFlight == 0
            ? child.mean()
            : (child.sum + child.inFlight * min) / (child.visits + child.inFlight);
    double value = child.gain() + settings.discount() * mean;
    return max > min ? (value - min) / (max - min) : value;
  }

  private void backUp(SearchNode leaf) {
    double value = leaf.outcome().value();
    for (SearchNode node = leaf; node != null; node = node.parent) {
      node.sum += value;
      node.visits++;
      min = Math.min(min, node.mean());
      max = Math.max(max, node.mean());
      value = node.gain() + settings.discount() * value;
    }
  }

  /** Where the data supports no valid action, nothing is known of what follows. */
  private double value(float[] critic) {
    float best = valid.best(critic, 0);
    return Float.isInfinite(best) ? 0 : best;
  }

  private double[] priors(float[] critic) {
    double largest = valid.best(critic, 0) / settings.temperature();
    boolean unsupported = Double.isInfinite(largest);
    double sum = 0;
    double[] priors = new double[ACTIONS];
    for (int action : valid.actions()) {
      double logit = critic[action] / settings.temperature();
      priors[action] = unsupported ? 1 : Math.exp(logit - largest);
      sum += priors[action];
    }
    for (int action : valid.actions()) {
      priors[action] /= sum;
      if (priors[action] < LEAST_PRIOR) {
        priors[action] = 0;
      }
    }
    return priors;
  }

  private static int[] path(SearchNode leaf) {
    List<Integer> actions = new ArrayList<>();
    for (SearchNode node = leaf; node.parent != null; node = node.parent) {
      actions.add(node.action);
    }
    Collections.reverse(actions);
    return actions.stream().mapToInt(Integer::intValue).toArray();
  }

  /** What was searched, and the action to take. */
  MctsTree result() {
    List<MctsTree.Child> children = new ArrayList<>();
    for (int action = 0; action < ACTIONS; action++) {
      SearchNode child = root.visited(action);
      children.add(
          new MctsTree.Child(
              child == null ? 0 : child.visits,
              child == null ? 0 : child.mean(),
              root.outcome().priors()[action],
              child == null ? 0 : child.outcome().reward()));
    }
    return new MctsTree(
        List.copyOf(paths), margins, children, rootValues.critic(), min, max, action(children));
  }

  private int action(List<MctsTree.Child> children) {
    boolean repaired = settings.mode() == MctsSettings.Mode.REPAIRED;
    int best = -1;
    for (int action : valid.actions()) {
      boolean candidate = !repaired || children.get(action).visits() > 0;
      if (candidate && (best < 0 || better(children, action, best))) {
        best = action;
      }
    }
    return best;
  }

  private boolean better(List<MctsTree.Child> children, int action, int than) {
    MctsTree.Child one = children.get(action);
    MctsTree.Child other = children.get(than);
    boolean repaired = settings.mode() == MctsSettings.Mode.REPAIRED;
    double value = repaired ? returnOf(one, action) : one.mean();
    double otherValue = repaired ? returnOf(other, than) : other.mean();
    if (settings.choice() == MctsSettings.Choice.VISITS) {
      boolean tie = repaired && one.visits() == other.visits();
      return tie ? value > otherValue : one.visits() > other.visits();
    }
    boolean tie = repaired && value == otherValue;
    return tie ? one.visits() > other.visits() : value > otherValue;
  }

  private double returnOf(MctsTree.Child child, int action) {
    return child.reward() - rootValues.costs()[action] + settings.discount() * child.mean();
  }
}
