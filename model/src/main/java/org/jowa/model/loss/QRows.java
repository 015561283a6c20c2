package org.jowa.model.loss;

import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.ActionMasks;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;

/**
 * The Q losses row by row, before anything is averaged.
 *
 * @param rows of the temporal-difference loss
 * @param predicted what the online head gives for the actions taken in {@code rows}: {@code [rows,
 *     atoms]} probabilities, or {@code [rows]} values
 * @param target what it should be, same shape
 * @param tdLosses {@code [rows]}
 * @param logSumExp of Q over all actions, {@code [n]} for the real steps
 * @param dataQ Q of the actions taken, {@code [n]}
 * @param targetQ expected value by the target head, minus infinity for actions that the game
 *     doesn't know or the data doesn't support, {@code [n, 18]}
 * @param greedy best of those, int64 {@code [n]}
 * @param bootstrap what the target head gives for the best action of each row's next step, before
 *     reward and discount; shaped as {@code target}
 */
record QRows(
    TdRows rows,
    Tensor predicted,
    Tensor target,
    Tensor tdLosses,
    Tensor logSumExp,
    Tensor dataQ,
    Tensor targetQ,
    Tensor greedy,
    Tensor bootstrap) {

  static QRows of(
      WorldActionModel model,
      WorldBatch batch,
      FeatureRows features,
      LossSettings settings,
      EnsembleWeights weights) {
    return model.config().tdLoss() == TdLoss.C51
        ? c51(model, batch, features, settings, weights)
        : mse(model, batch, features, settings, weights);
  }

  private static QRows c51(
      WorldActionModel model,
      WorldBatch batch,
      FeatureRows features,
      LossSettings settings,
      EnsembleWeights weights) {
    WorldConfig config = model.config();
    Device device = model.device();
    C51 c51 = C51.of(config, device);
    FeatureRows.Selection values = features.values();
    long n = values.games().length;
    long[] shape = {config.qHeads(), n, WorldConfig.ACTIONS, config.atoms()};
    Tensor mixture = device.put(weights.column(4));

    Tensor online = torch.softmax(trainingQ(model, values).view(shape), -1);
    Tensor taken = device.put(taken(batch, values));
    TakenActions actions = TakenActions.of(online, taken, mixture, c51);

    TdRows rows = TdRows.of(batch, settings);
    Tensor targetQ;
    Tensor greedy;
    Tensor bootstrap;
    Tensor target;
    try (AutoGradMode unrecorded = new AutoGradMode(false)) {
      Tensor next =
          torch
              .softmax(model.heads().targetQ(values.features()).view(shape), -1)
              .mul(mixture)
              .sum(0);
      targetQ = torch.matmul(next, c51.atoms()).add(ActionMasks.of(model, batch, values.steps()));
      greedy = targetQ.argmax(new LongOptional(1), false);
      Tensor best =
          next.gather(1, greedy.view(n, 1, 1).expand(n, 1, config.atoms())).view(n, config.atoms());
      bootstrap = best.index_select(0, device.put(index(rows.next())));
      target = c51.project(rewards(rows, device), discounts(rows, device), bootstrap);
    }

    Tensor predicted = actions.distributions().index_select(0, device.put(index(rows.position())));
    Tensor losses = TakenActions.crossEntropy(predicted, target);
    return new QRows(
        rows,
        predicted,
        target,
        losses,
        actions.logSumExp(),
        actions.q(),
        targetQ,
        greedy,
        bootstrap);
  }

  private static QRows mse(
      WorldActionModel model,
      WorldBatch batch,
      FeatureRows features,
      LossSettings settings,
      EnsembleWeights weights) {
    FeatureRows.Selection values = features.values();
    long n = values.games().length;
    Device device = model.device();
    Tensor mixture = device.put(weights.column(3));
    Tensor online = trainingQ(model, values);
    Tensor q = online.mul(mixture).sum(0);
    Tensor dataQ = q.gather(1, device.put(taken(batch, values)).view(n, 1)).view(n);
    Tensor rated =
        settings.referencePenalty() ? online.sum(0).mul(new Scalar(settings.penaltyWeight())) : q;
    Tensor logSumExp = rated.logsumexp(-1);

    TdRows rows = TdRows.of(batch, settings);
    Tensor targetQ;
    Tensor greedy;
    Tensor bootstrap;
    Tensor target;
    try (AutoGradMode unrecorded = new AutoGradMode(false)) {
      targetQ =
          model
              .heads()
              .targetQ(values.features())
              .mul(mixture)
              .sum(0)
              .add(ActionMasks.of(model, batch, values.steps()));
      greedy = targetQ.argmax(new LongOptional(1), false);
      Tensor best = targetQ.gather(1, greedy.view(n, 1)).view(n);
      bootstrap = best.index_select(0, device.put(index(rows.next())));
      target = rewards(rows, device).add(discounts(rows, device).mul(bootstrap));
    }

    Tensor predicted = dataQ.index_select(0, device.put(index(rows.position())));
    Tensor losses = predicted.sub(target).square().mul(new Scalar(0.5));
    return new QRows(rows, predicted, target, losses, logSumExp, dataQ, targetQ, greedy, bootstrap);
  }

  private static Tensor trainingQ(WorldActionModel model, FeatureRows.Selection values) {
    return model.trainingQ(values.features(), model.device().put(index(values.steps())));
  }

  /** The actions that were taken in the rows' steps, int64 {@code [n]}. */
  private static Tensor taken(WorldBatch batch, FeatureRows.Selection values) {
    return index(batch.actions(values.steps()));
  }

  static Tensor rewards(TdRows rows, Device device) {
    return device.put(Tensors.of(rows.reward(), rows.size()));
  }

  /** Factors of what rows bootstrap from, 0 where a terminal step comes first. */
  static Tensor discounts(TdRows rows, Device device) {
    return device.put(Tensors.of(rows.discount(), rows.size()));
  }

  private static Tensor index(int[] values) {
    return Tensors.indices(values, values.length);
  }
}
