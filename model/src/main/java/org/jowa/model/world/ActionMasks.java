package org.jowa.model.world;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.env.game.Games;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Tensors;

/** What is added to values of the full set of actions to leave some out, {@code [n, 18]}. */
public final class ActionMasks {
  private ActionMasks() {}

  /**
   * Minus infinity for the actions that a game doesn't know, else 0.
   *
   * @param games id of each row's game
   */
  public static Tensor invalid(int[] games, Device device) {
    float[] added = new float[games.length * WorldConfig.ACTIONS];
    for (int i = 0; i < games.length; i++) {
      boolean[] valid = Games.byId(games[i]).validActions();
      for (int action = 0; action < WorldConfig.ACTIONS; action++) {
        added[i * WorldConfig.ACTIONS + action] = valid[action] ? 0 : Float.NEGATIVE_INFINITY;
      }
    }
    return device.put(Tensors.of(added, games.length, WorldConfig.ACTIONS));
  }

  /**
   * The same for actions that the data doesn't support at a frame, too.
   *
   * @param behaviour what players do there
   * @param states frames, each with the one before it
   * @param support least probability of a supported action, as a share of the likeliest one's
   */
  public static Tensor unsupported(
      BehaviourNetwork behaviour, Transitions states, double support, Device device) {
    Tensor invalid = invalid(states.games(), device);
    Tensor shares = shares(behaviour, states, invalid, device);
    return invalid.masked_fill(rare(shares, support), new Scalar(Double.NEGATIVE_INFINITY));
  }

  /** Probabilities of what players do among what is supported, {@code [n, 18]}. */
  public static Tensor supported(
      BehaviourNetwork behaviour, Transitions states, double support, Device device) {
    Tensor shares = shares(behaviour, states, invalid(states.games(), device), device);
    Tensor kept = shares.masked_fill(rare(shares, support), new Scalar(0));
    return kept.div(torch.sum(kept, new long[] {-1}, true, new ScalarTypeOptional()));
  }

  /**
   * Logarithm of how often players do each action, as a share of how often they do the likeliest
   * one: 0 for that one, minus infinity for actions that a game doesn't know, {@code [n, 18]}.
   */
  public static Tensor logShares(BehaviourNetwork behaviour, Transitions states, Device device) {
    Tensor logits = behaviour.logits(states, device).add(invalid(states.games(), device));
    return logits.sub(logits.amax(new long[] {-1}, true));
  }

  private static Tensor shares(
      BehaviourNetwork behaviour, Transitions states, Tensor invalid, Device device) {
    return torch.softmax(behaviour.logits(states, device).add(invalid), -1);
  }

  private static Tensor rare(Tensor shares, double support) {
    return shares.lt(shares.amax(new long[] {-1}, true).mul(new Scalar(support)));
  }

  /**
   * The same for frames in a batch; of models without support only invalid actions are left out.
   *
   * @param steps places of the frames in {@code [B * T]}
   */
  public static Tensor of(WorldActionModel model, WorldBatch batch, int[] steps) {
    double support = model.config().support();
    return support == 0
        ? invalid(batch.games(steps), model.device())
        : unsupported(model.behaviour(), Transitions.of(batch, steps), support, model.device());
  }
}
