package org.jowa.model.train;

import java.io.Serializable;
import java.util.Map;
import org.jowa.model.world.BehaviourNetwork;

/**
 * What a run that starts from weights makes of games that those don't know.
 *
 * @param borrowed games whose embeddings start from those of another, by id
 * @param behaviourAnew whether the behaviour network starts as in a run from random weights: what
 *     players of other games do says nothing of these, and its sure mistakes take longer to unlearn
 *     than all that has to be learned
 */
public record NewGames(Map<Integer, Integer> borrowed, boolean behaviourAnew)
    implements Serializable {
  /** Weights are taken as they are. */
  public static final NewGames NONE = new NewGames(Map.of(), false);

  /** Whether a parameter starts from the weights. */
  boolean imports(String parameter) {
    return !(behaviourAnew && BehaviourNetwork.has(parameter));
  }
}
