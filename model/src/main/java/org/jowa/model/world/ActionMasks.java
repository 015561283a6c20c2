package org.jowa.model.world;

import org.bytedeco.pytorch.Scalar;
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
   * @param tokens of a frame each, {@code [n * 36]}
   * @param games id of each frame's game
   * @param support least probability of a supported action, as a share of the likeliest one's
   */
  public static Tensor unsupported(
      BehaviourNetwork behaviour, int[] tokens, int[] games, double support, Device device) {
    Tensor invalid = invalid(games, device);
    Tensor shares = torch.softmax(behaviour.logits(tokens, games, device).add(invalid), -1);
    Tensor least = shares.amax(new long[] {-1}, true).mul(new Scalar(support));
    return invalid.masked_fill(shares.lt(least), new Scalar(Double.NEGATIVE_INFINITY));
  }

  /**
   * The same for frames in a batch; of models without support only invalid actions are left out.
   *
   * @param steps places of the frames in {@code [B * T]}
   */
  public static Tensor of(WorldActionModel model, WorldBatch batch, int[] steps) {
    int[] games = batch.games(steps);
    double support = model.config().support();
    return support == 0
        ? invalid(games, model.device())
        : unsupported(model.behaviour(), batch.frames(steps), games, support, model.device());
  }
}
