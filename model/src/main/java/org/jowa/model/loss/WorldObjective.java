package org.jowa.model.loss;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.DropoutKey;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;

/**
 * The training objective of the world-action model (spec section 3): one forward pass, every loss,
 * one backward pass. Losses are sums over this batch divided by the counts of the whole batch, so
 * calls over its parts, in one process or many, add up to the same gradients.
 */
public final class WorldObjective {
  private static final int REDUCTION_NONE = 0;
  private static final int IGNORE_NOTHING = -100;

  private final WorldActionModel model;
  private final WorldBatch batch;
  private final LossSettings settings;
  private final LossCounts counts;
  private final FeatureRows rows;
  private final List<Rows> read = new ArrayList<>();
  private final List<Tensor> terms = new ArrayList<>();

  /** Losses of single rows, still on the device. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Rows(LossSums.Part part, Tensor losses, int[] games) {}

  private WorldObjective(
      WorldActionModel model,
      WorldBatch batch,
      LossSettings settings,
      LossCounts counts,
      FeatureRows rows) {
    this.model = model;
    this.batch = batch;
    this.settings = settings;
    this.counts = counts;
    this.rows = rows;
  }

  /**
   * Adds the gradients of a batch to the model's, with dropout.
   *
   * @param counts of the whole batch of this step, over all micro-batches and ranks
   * @param key of this step's randomness
   * @return the sums of this batch
   */
  public static LossSums accumulate(
      WorldActionModel model,
      WorldBatch batch,
      LossSettings settings,
      LossCounts counts,
      DropoutKey key) {
    return accumulate(model, batch, settings, counts, key, range -> {});
  }

  /**
   * The same for the last part of a batch.
   *
   * @param complete as for {@link WorldActionModel#backward(Tensor, Consumer)}
   */
  public static LossSums accumulate(
      WorldActionModel model,
      WorldBatch batch,
      LossSettings settings,
      LossCounts counts,
      DropoutKey key,
      Consumer<Range> complete) {
    int networks = model.config().qHeads();
    EnsembleWeights weights =
        settings.randomEnsembleMixture()
            ? EnsembleWeights.random(networks, key)
            : EnsembleWeights.equal(networks);
    return accumulate(model, batch, settings, counts, Optional.of(key), weights, complete);
  }

  /** The same with the randomness given: no dropout without a key, and the ensemble's weights. */
  public static LossSums accumulate(
      WorldActionModel model,
      WorldBatch batch,
      LossSettings settings,
      LossCounts counts,
      Optional<DropoutKey> dropout,
      EnsembleWeights weights) {
    return accumulate(model, batch, settings, counts, dropout, weights, range -> {});
  }

  private static LossSums accumulate(
      WorldActionModel model,
      WorldBatch batch,
      LossSettings settings,
      LossCounts counts,
      Optional<DropoutKey> dropout,
      EnsembleWeights weights,
      Consumer<Range> complete) {
    try (StepScope scope = StepScope.inference()) {
      Tensor features = model.forward(batch, dropout);
      Tensor gradient = torch.zeros_like(features);
      WorldObjective objective;
      Tensor losses;
      try (StepScope recording = StepScope.training()) {
        FeatureRows rows = new FeatureRows(features, batch, model.device(), model.config());
        objective = new WorldObjective(model, batch, settings, counts, rows);
        Tensor ofObservations = torch.zeros_like(rows.observations().features());
        objective.addObservationTerm(Optional.of(ofObservations));
        objective.addRecordedTerms(weights);
        objective.backward();
        rows.addGradients(gradient, ofObservations, model.config().qLossBackwardsWorldModel());
        losses = Tensors.keep(objective.losses());
      }
      try {
        model.backward(gradient, complete);
        // Last, because it waits for the device.
        return objective.sums(losses);
      } finally {
        Tensors.release(losses);
      }
    }
  }

  /** The losses of a batch without gradients or randomness, for held-out data. */
  public static LossSums evaluate(WorldActionModel model, WorldBatch batch, LossSettings settings) {
    return evaluate(model, batch, settings, features -> {});
  }

  /**
   * The same, once more looked at.
   *
   * @param look is shown the features, {@code [B * 37 T, E]}, within the pass's scope
   */
  public static LossSums evaluate(
      WorldActionModel model, WorldBatch batch, LossSettings settings, Consumer<Tensor> look) {
    try (StepScope scope = StepScope.inference()) {
      Tensor features = model.forward(batch, Optional.empty());
      look.accept(features);
      FeatureRows rows = new FeatureRows(features, batch, model.device(), model.config());
      WorldObjective objective =
          new WorldObjective(model, batch, settings, LossCounts.of(batch, model.config()), rows);
      objective.addObservationTerm(Optional.empty());
      objective.addRecordedTerms(EnsembleWeights.equal(model.config().qHeads()));
      return objective.sums(objective.losses());
    }
  }

  private void addRecordedTerms(EnsembleWeights weights) {
    addActionTerms();
    if (settings.trainsQ()) {
      addQTerms(weights);
    }
  }

  private void addObservationTerm(Optional<Tensor> gradient) {
    FeatureRows.Selection observations = rows.observations();
    if (!observations.isEmpty()) {
      double scale = settings.supervisedWeight() / counts.observationLabels();
      Tensor losses =
          model.observationLosses(observations.features(), observations.labels(), scale, gradient);
      read.add(new Rows(LossSums.Part.OBSERVATION, losses, observations.games()));
    }
  }

  /** Terms of what the heads predict at action tokens. */
  private void addActionTerms() {
    double weight = settings.supervisedWeight();
    FeatureRows.Selection actions = rows.actions();
    if (!actions.isEmpty()) {
      Tensor rewards =
          crossEntropy(model.heads().rewards(actions.features()), rows.rewardClasses());
      addTerm(LossSums.Part.REWARD, rewards, actions, weight, counts.realSteps());
      Tensor ends = crossEntropy(model.heads().ends(actions.features()), rows.endClasses());
      addTerm(LossSums.Part.END, ends, actions, weight, counts.realSteps());
    }
  }

  private void addQTerms(EnsembleWeights weights) {
    FeatureRows.Selection values = rows.values();
    if (values.isEmpty()) {
      return;
    }
    QRows q = QRows.of(model, batch, rows, settings, weights);
    TdRows td = q.rows();
    if (td.size() > 0 && settings.trainsTd()) {
      addTerm(LossSums.Part.TD, q.tdLosses(), td.game(), 1, counts.tdRows());
    }
    if (settings.penalty() != Penalty.NONE) {
      double weight = settings.penaltyWeight();
      addTerm(LossSums.Part.LOG_SUM_EXP, q.logSumExp(), values, weight, counts.steps());
      addDataTerm(q.dataQ(), values, weight);
    }
  }

  /** With COMBO the data's term is over played sequences only; they come first. */
  private void addDataTerm(Tensor dataQ, FeatureRows.Selection values, double weight) {
    if (settings.penalty() == Penalty.COMBO) {
      int real = rows.realValues();
      if (real > 0) {
        int[] games = Arrays.copyOf(values.games(), real);
        Tensor played = dataQ.narrow(0, 0, real);
        addTerm(LossSums.Part.DATA_Q, played, games, -weight, counts.realSteps());
      }
    } else {
      addTerm(LossSums.Part.DATA_Q, dataQ, values, -weight, counts.steps());
    }
  }

  private void addTerm(
      LossSums.Part part,
      Tensor losses,
      FeatureRows.Selection selection,
      double weight,
      double count) {
    addTerm(part, losses, selection.games(), weight, count);
  }

  private void addTerm(
      LossSums.Part part, Tensor losses, int[] games, double weight, double count) {
    read.add(new Rows(part, losses.detach(), games));
    terms.add(losses.sum().mul(new Scalar(weight / count)));
  }

  /** All losses in one piece, since each transfer from a GPU waits until it has nothing to do. */
  private Tensor losses() {
    if (read.isEmpty()) {
      return model.device().empty(ScalarType.Float, 0);
    }
    TensorVector all = new TensorVector();
    read.forEach(rows -> all.push_back(rows.losses()));
    return torch.cat(all, 0);
  }

  private LossSums sums(Tensor losses) {
    LossSums sums = LossSums.zero();
    float[] values = Tensors.floats(losses);
    int at = 0;
    for (Rows rows : read) {
      for (int game : rows.games()) {
        sums.add(rows.part(), game, values[at++]);
      }
    }
    return sums;
  }

  private void backward() {
    if (terms.isEmpty()) {
      return;
    }
    Tensor total = terms.get(0);
    for (Tensor term : terms.subList(1, terms.size())) {
      total = total.add(term);
    }
    total.backward();
  }

  static Tensor crossEntropy(Tensor logits, Tensor labels) {
    return torch.cross_entropy_loss(
        logits, labels, new TensorOptional(), REDUCTION_NONE, IGNORE_NOTHING, 0.0);
  }
}
