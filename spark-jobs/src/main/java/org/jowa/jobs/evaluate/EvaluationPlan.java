package org.jowa.jobs.evaluate;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jowa.env.Protocol;
import org.jowa.model.plan.PlannerSettings;

/**
 * What to play, how, and under which name to keep the result.
 *
 * @param run URI of the run folder
 * @param checkpoint folder of a checkpoint, or a step number of the run; null for the newest
 * @param tokenizerRun run folder whose tokenizer the model was trained with
 * @param games canonical names
 * @param planner none or beam
 * @param beamWidth nodes that a depth keeps
 * @param horizon steps that a plan looks ahead
 * @param context blocks that the agent remembers
 * @param protocol sticky actions and the longest episode
 * @param episodes of each game
 * @param seed of all chance
 * @param maxSteps agent steps after which an episode is cut
 * @param name of the evaluation, a folder's name
 */
public record EvaluationPlan(
    String run,
    String checkpoint,
    String tokenizerRun,
    List<String> games,
    PlannerSettings.Kind planner,
    int beamWidth,
    int horizon,
    int context,
    Protocol protocol,
    int episodes,
    long seed,
    int maxSteps,
    String name)
    implements Serializable {
  public EvaluationPlan {
    games = List.copyOf(games);
  }

  /** The planner as the model module knows it. */
  PlannerSettings plannerSettings() {
    return planner == PlannerSettings.Kind.BEAM
        ? PlannerSettings.beam(beamWidth, horizon, context)
        : PlannerSettings.none(context);
  }

  /** The planner's name on the command line. */
  String plannerName() {
    return planner.name().toLowerCase(Locale.ROOT);
  }

  /** The settings that decide how it acts, by option. */
  Map<String, String> plannerOptions() {
    Map<String, String> options = new TreeMap<>();
    options.put("context", Integer.toString(context));
    options.put("epsilon", Double.toString(PlannerSettings.EPSILON));
    options.put("group-width", Integer.toString(EpisodeGroup.WIDTH));
    if (planner == PlannerSettings.Kind.BEAM) {
      options.put("beam-width", Integer.toString(beamWidth));
      options.put("horizon", Integer.toString(horizon));
    }
    return options;
  }
}
