package org.jowa.jobs.evaluate;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.storage.Storage;
import org.jowa.env.Protocol;
import org.jowa.model.plan.BeamSettings;
import org.jowa.model.plan.MctsSettings;
import org.jowa.model.plan.PlannerSettings;

/**
 * What to play, how, and under which name to keep the result.
 *
 * @param run URI of the run folder
 * @param checkpoint folder of a checkpoint, or a step number of the run; null for the newest
 * @param tokenizerRun run folder whose tokenizer the model was trained with
 * @param games canonical names
 * @param planner how the agent acts; its discount is that of the model, unless one is given here
 * @param discount of the planner; null for that which the model was trained with
 * @param protocol sticky actions and the longest episode
 * @param episodes of each game
 * @param seed of all chance
 * @param maxSteps agent steps after which an episode is cut
 * @param name of the evaluation, a folder's name; null for one of planner, protocol and the
 *     checkpoint's step
 */
public record EvaluationPlan(
    String run,
    String checkpoint,
    String tokenizerRun,
    List<String> games,
    PlannerSettings planner,
    Double discount,
    Protocol protocol,
    int episodes,
    long seed,
    int maxSteps,
    String name)
    implements Serializable {
  public EvaluationPlan {
    games = List.copyOf(games);
  }

  EvaluationPlan withName(String other) {
    return new EvaluationPlan(
        run,
        checkpoint,
        tokenizerRun,
        games,
        planner,
        discount,
        protocol,
        episodes,
        seed,
        maxSteps,
        other);
  }

  /** Where its results are kept. */
  Storage folder(Configuration hadoop) {
    return Storage.at(run, hadoop).folder("evaluation/" + name);
  }

  /**
   * How the agent acts with a model.
   *
   * @param modelDiscount that the model was trained with
   */
  PlannerSettings plannerWith(double modelDiscount) {
    return planner.withDiscount(discount == null ? modelDiscount : discount);
  }

  /** The planner's name on the command line. */
  String plannerName() {
    return lowerCase(planner.planner());
  }

  /** The settings that decide how a planner acts, by option. */
  static Map<String, String> options(PlannerSettings planner) {
    Map<String, String> options = new TreeMap<>();
    options.put("context", Integer.toString(planner.context()));
    options.put("epsilon", Double.toString(planner.epsilon()));
    options.put("group-width", Integer.toString(EpisodeGroup.WIDTH));
    switch (planner.planner()) {
      case NONE -> {}
      case BEAM -> {
        BeamSettings beam = planner.beam();
        options.put("beam-width", Integer.toString(beam.width()));
        options.put("horizon", Integer.toString(beam.horizon()));
        options.put("discount", Double.toString(beam.discount()));
        options.put("ends", lowerCase(beam.ends()));
      }
      case MCTS -> {
        MctsSettings mcts = planner.mcts();
        options.put("mcts-mode", mcts.mode().toString());
        options.put("horizon", Integer.toString(mcts.horizon()));
        options.put("simulations", Integer.toString(mcts.simulations()));
        options.put("temperature", Double.toString(mcts.temperature()));
        options.put("discount", Double.toString(mcts.discount()));
        options.put("mcts-choice", lowerCase(mcts.choice()));
        options.put("in-flight", Integer.toString(mcts.inFlight()));
        options.put("ends", lowerCase(mcts.ends()));
      }
    }
    return options;
  }

  private static String lowerCase(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
