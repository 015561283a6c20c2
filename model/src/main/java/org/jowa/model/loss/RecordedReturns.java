package org.jowa.model.loss;

import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;

/**
 * The Q losses where the target is the return of the record, so that neither a next state nor a
 * target network is read: what the players' play is worth, as in one-step offline RL (arXiv
 * 2106.08909).
 *
 * @param losses of the values of the actions taken, {@code [n]}
 * @param logSumExp of Q over all actions, {@code [n]}
 * @param dataQ Q of the actions taken, {@code [n]}
 */
record RecordedReturns(Tensor losses, Tensor logSumExp, Tensor dataQ) {
  /**
   * @param features that the Q heads read, {@code [n, stateWidth]}
   * @param steps of played sequences, in {@code [B * T]}
   */
  static RecordedReturns of(
      WorldActionModel model, WorldBatch batch, Tensor features, int[] steps) {
    WorldConfig config = model.config();
    Device device = model.device();
    long n = steps.length;
    Tensor returns = device.put(Tensors.of(batch.returns(steps), n));
    Tensor taken = device.indices(batch.actions(steps));
    Tensor outputs = model.heads().q(features);
    if (config.tdLoss() == TdLoss.MSE) {
      Tensor q = outputs.mean(new long[] {0});
      Tensor dataQ = q.gather(1, taken.view(n, 1)).view(n);
      Tensor losses = dataQ.sub(returns).square().mul(new Scalar(0.5));
      return new RecordedReturns(losses, q.logsumexp(-1), dataQ);
    }
    C51 c51 = C51.of(config, device);
    long[] shape = {config.qHeads(), n, WorldConfig.ACTIONS, config.atoms()};
    Tensor mixture = device.put(EnsembleWeights.equal(config.qHeads()).column(shape.length));
    TakenActions actions =
        TakenActions.of(torch.softmax(outputs.view(shape), -1), taken, mixture, c51);
    Tensor target;
    try (AutoGradMode unrecorded = new AutoGradMode(false)) {
      Tensor nothingLater = torch.zeros_like(returns);
      // With a discount of 0 any distribution over what comes later will do.
      target = c51.project(returns, nothingLater, actions.distributions().detach());
    }
    Tensor losses = TakenActions.crossEntropy(actions.distributions(), target);
    return new RecordedReturns(losses, actions.logSumExp(), actions.q());
  }
}
