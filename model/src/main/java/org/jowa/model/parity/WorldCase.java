package org.jowa.model.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.loss.EnsembleWeights;
import org.jowa.model.loss.LossCounts;
import org.jowa.model.loss.TdTrace;
import org.jowa.model.loss.WorldLosses;
import org.jowa.model.loss.WorldObjective;
import org.jowa.model.optim.AdamW;
import org.jowa.model.optim.GroupSettings;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;

/** One golden training case: losses, gradients, rows of the Q loss, weights after the steps. */
final class WorldCase {
  private static final double LOSS_TOLERANCE = 1e-5;
  private static final double GRADIENT_TOLERANCE = 1e-4;
  private static final double ROW_TOLERANCE = 1e-5;
  private static final double WEIGHT_TOLERANCE = 5e-6;

  /** Its true gradient is zero, so what is stored is rounding noise that Adam blows up. */
  private static final String WITHOUT_GRADIENT = ".attn.key.bias";

  private static final List<String> LOSSES =
      List.of(
          "observation",
          "reward",
          "end",
          "td",
          "penalty",
          "total",
          "gradient norm",
          "log-sum-exp Q",
          "data Q");

  private static final int LOG_SUM_EXP_Q = 7;
  private static final int DATA_Q = 8;

  private final String name;
  private final JsonNode note;
  private final Safetensors expected;
  private final WorldActionModel model;
  private final WorldBatch batch;
  private final LossSettings settings;
  private final List<ParityResult> results = new ArrayList<>();
  private String prefix = "";
  private double lossTolerance = LOSS_TOLERANCE;

  private WorldCase(
      String name, JsonNode note, Safetensors expected, WorldActionModel model, WorldBatch batch) {
    this.name = name;
    this.note = note;
    this.expected = expected;
    this.model = model;
    this.batch = batch;
    settings = settings(note, model.config().tdLoss());
  }

  static List<ParityResult> run(GoldenSet golden, GoldenModel models, String name) {
    JsonNode note = golden.settings(name);
    String weights = note.get("weights").asText();
    List<String> order = golden.parameterOrder(weights);
    try (Safetensors expected = golden.read(name);
        WorldActionModel model = models.load(weights, note);
        StepScope scope = StepScope.inference()) {
      WorldCase goldenCase = new WorldCase(name, note, expected, model, batch(golden, note));
      goldenCase.rows();
      goldenCase.steps(() -> goldenCase.gradients(order));
      goldenCase.weights(order);
      return goldenCase.results;
    }
  }

  /** The case's losses and the direction of its gradient, computed otherwise than in fp32. */
  static List<ParityResult> run(
      GoldenSet golden, GoldenModel models, String name, Compute compute, double tolerance) {
    JsonNode note = golden.settings(name);
    String weights = note.get("weights").asText();
    WorldBatch batch = batch(golden, note);
    try (Safetensors expected = golden.read(name);
        WorldActionModel exact = models.load(weights, note);
        WorldActionModel model = models.load(weights, note, compute);
        StepScope scope = StepScope.inference()) {
      WorldCase exactCase = new WorldCase(name, note, expected, exact, batch);
      exactCase.accumulate(0);
      WorldCase goldenCase = new WorldCase(name, note, expected, model, batch);
      goldenCase.prefix = compute.precision() + " ";
      goldenCase.lossTolerance = tolerance;
      goldenCase.steps(
          () ->
              goldenCase.add(
                  "gradient direction",
                  Deviation.direction(
                      model.parameters().gradients(), exact.parameters().gradients()),
                  tolerance));
      return goldenCase.results;
    }
  }

  private static WorldBatch batch(GoldenSet golden, JsonNode note) {
    return GoldenBatch.read(golden, note.get("batch").asText(), note.path("imagine").asBoolean());
  }

  private static LossSettings settings(JsonNode note, TdLoss tdLoss) {
    if (!note.get("train_critic").asBoolean()) {
      return LossSettings.WORLD_ONLY;
    }
    JsonNode penalty = note.path("q_penalty");
    LossSettings settings =
        LossSettings.withQ(
            note.path("supervised_weight").asDouble(0.1),
            note.path("discount").asDouble(0.99),
            penalty.isNull()
                ? Penalty.NONE
                : Penalty.valueOf(penalty.asText("cql").toUpperCase(Locale.ROOT)),
            note.path("penalty_weight").asDouble(0.1),
            note.path("use_rem").asBoolean());
    return tdLoss == TdLoss.MSE ? settings.withReferencePenalty(true) : settings;
  }

  private EnsembleWeights ensembleWeights(int step) {
    String stored = "step" + step + ".rem_alpha";
    if (!expected.contains(stored)) {
      return EnsembleWeights.equal(model.config().qHeads());
    }
    float[] weights = Tensors.floats(expected.tensor(stored));
    double[] wide = new double[weights.length];
    Arrays.setAll(wide, i -> weights[i]);
    return EnsembleWeights.of(wide);
  }

  /**
   * @param atFirstGradients called when the gradients of the first step are there
   */
  private void steps(Runnable atFirstGradients) {
    double worldRate = note.get("lr_world").asDouble();
    double decay = note.get("weight_decay").asDouble();
    int targetEvery = note.path("target_update_frequency").asInt(Integer.MAX_VALUE);
    FlatParameters parameters = model.parameters();
    try (AdamW optimizer =
        AdamW.of(
            parameters,
            Map.of(
                ParameterGroup.DECAY,
                new GroupSettings(worldRate, decay),
                ParameterGroup.NO_DECAY,
                new GroupSettings(worldRate, 0),
                ParameterGroup.Q,
                qSettings(decay)))) {
      for (int step = 0; step < note.get("steps").asInt(); step++) {
        WorldLosses losses = accumulate(step);
        if (step == 0) {
          atFirstGradients.run();
        }
        double norm = optimizer.step(note.get("clip").asDouble());
        losses(step, losses, norm);
        if ((step + 1) % targetEvery == 0) {
          model.copyTarget();
        }
      }
    }
  }

  private WorldLosses accumulate(int step) {
    model.parameters().zeroGradients();
    return WorldObjective.accumulate(
            model, batch, settings, LossCounts.of(batch), Optional.empty(), ensembleWeights(step))
        .losses(settings);
  }

  /** Without Q losses the Q head has no gradients, and the reference's optimizer skips it. */
  private GroupSettings qSettings(double decay) {
    return settings.trainsQ()
        ? new GroupSettings(note.get("lr_q").asDouble(), decay)
        : new GroupSettings(0, 0);
  }

  private void losses(int step, WorldLosses losses, double norm) {
    double weight = settings.supervisedWeight();
    double[] found = {
      weight * losses.observation(),
      weight * losses.reward(),
      weight * losses.end(),
      losses.td(),
      losses.penalty(),
      losses.total(),
      norm,
      losses.logSumExpQ(),
      losses.dataQ()
    };
    float[] stored = Tensors.floats(expected.tensor("step" + step + ".losses"));
    double scale = Math.max(Math.abs(stored[LOG_SUM_EXP_Q]), Math.abs(stored[DATA_Q]));
    for (int i = 0; i < found.length; i++) {
      // A mean of values of both signs, maybe near zero: its rounding is that of their size.
      double error =
          i == DATA_Q && scale > 0
              ? Math.abs(found[i] - stored[i]) / scale
              : Deviation.relative(found[i], stored[i]);
      add("step " + step + " " + LOSSES.get(i), error, lossTolerance);
    }
  }

  private void gradients(List<String> order) {
    FlatParameters parameters = model.parameters();
    for (String key : keys("grad.")) {
      String parameter = key.substring("grad.".length());
      double error =
          Deviation.overLargest(
              Tensors.floats(parameters.get(parameter).grad()),
              Tensors.floats(expected.tensor(key)));
      add("gradient " + parameter, error, GRADIENT_TOLERANCE);
    }
    float[] stored = Tensors.floats(expected.tensor("grad_norms"));
    double worst = 0;
    for (int i = 0; i < stored.length; i++) {
      Tensor gradient = parameters.get(order.get(i)).grad();
      double norm = gradient.defined() ? norm(gradient) : 0;
      if (!order.get(i).endsWith(WITHOUT_GRADIENT)) {
        worst = Math.max(worst, Deviation.relative(norm, stored[i]));
      }
    }
    add("gradient norms", worst, GRADIENT_TOLERANCE);
  }

  private void weights(List<String> order) {
    FlatParameters parameters = model.parameters();
    double worst = 0;
    for (String key : keys("after.")) {
      String parameter = key.substring("after.".length());
      if (parameters.contains(parameter) && !parameter.endsWith(WITHOUT_GRADIENT)) {
        double error =
            Deviation.absolute(
                Tensors.floats(parameters.get(parameter).detach()),
                Tensors.floats(expected.tensor(key)));
        worst = Math.max(worst, error);
      }
    }
    add("weights after the steps", worst, WEIGHT_TOLERANCE);
    float[] stored = Tensors.floats(expected.tensor("after.norms"));
    double worstNorm = 0;
    for (int i = 0; i < stored.length; i++) {
      if (!order.get(i).endsWith(WITHOUT_GRADIENT)) {
        double norm = norm(parameters.get(order.get(i)).detach());
        worstNorm = Math.max(worstNorm, Deviation.relative(norm, stored[i]));
      }
    }
    add("weight norms after the steps", worstNorm, WEIGHT_TOLERANCE);
  }

  private void rows() {
    if (keys("inter.").isEmpty()) {
      return;
    }
    TdTrace trace = TdTrace.of(model, batch, settings, ensembleWeights(0));
    steps("compute_q_mask", trace, Arrays.copyOf(trace.position(), trace.pairs()));
    steps("compute_q_target_mask", trace, Arrays.copyOf(trace.next(), trace.pairs()));
    int[] terminal = Arrays.copyOfRange(trace.position(), trace.pairs(), trace.position().length);
    steps("ends", trace, terminal);
    values("mixed_bellman_target", trace.target());
    values("mixed_target_support", trace.support());
    values("mixed_q_s_chosen_a_dist", trace.predicted());
    values("mixed_predict_q", trace.predicted());
    values("mixed_target_q", trace.target());
    bootstrap(trace);
    realSteps(trace);
  }

  /** Marks the given real steps in {@code [B * T]} and compares with a stored mask. */
  private void steps(String key, TdTrace trace, int[] positions) {
    if (expected.contains("inter." + key)) {
      long[] found = new long[batch.mask().length];
      for (int position : positions) {
        found[trace.realSteps()[position]] = 1;
      }
      byte[] stored = Tensors.bytes8(expected.tensor("inter." + key));
      long[] wide = new long[stored.length];
      Arrays.setAll(wide, i -> stored[i]);
      add(key, Deviation.mismatches(found, wide), 0);
    }
  }

  private void values(String key, float[] found) {
    if (expected.contains("inter." + key)) {
      float[] stored = Tensors.floats(expected.tensor("inter." + key));
      add(key, Deviation.overLargest(found, stored), ROW_TOLERANCE);
    }
  }

  /** What terminal rows bootstrap from has no part in their target. */
  private void bootstrap(TdTrace trace) {
    String key = "mixed_q_next_s_argmax_a_dist";
    if (expected.contains("inter." + key)) {
      float[] stored = Tensors.floats(expected.tensor("inter." + key));
      int length = stored.length / trace.position().length * trace.pairs();
      double error =
          Deviation.overLargest(
              Arrays.copyOf(trace.bootstrap(), length), Arrays.copyOf(stored, length));
      add(key, error, ROW_TOLERANCE);
    }
  }

  /** Quantities of every step; those of padded steps are never computed here. */
  private void realSteps(TdTrace trace) {
    if (expected.contains("inter.a_star")) {
      long[] all = Tensors.longs(expected.tensor("inter.a_star"));
      long[] stored = new long[trace.realSteps().length];
      Arrays.setAll(stored, i -> all[trace.realSteps()[i]]);
      add("a_star", Deviation.mismatches(trace.greedy(), stored), 0);
    }
    if (expected.contains("inter.masked_q_next_s")) {
      float[] all = Tensors.floats(expected.tensor("inter.masked_q_next_s"));
      int actions = all.length / batch.mask().length;
      float[] stored = new float[trace.realSteps().length * actions];
      for (int i = 0; i < trace.realSteps().length; i++) {
        System.arraycopy(all, trace.realSteps()[i] * actions, stored, i * actions, actions);
      }
      add("masked_q_next_s", Deviation.overLargest(trace.targetQ(), stored), ROW_TOLERANCE);
    }
  }

  private List<String> keys(String prefix) {
    return expected.tensors().keySet().stream().filter(key -> key.startsWith(prefix)).toList();
  }

  private static double norm(Tensor tensor) {
    double sum = 0;
    for (float value : Tensors.floats(tensor)) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  private void add(String quantity, double error, double tolerance) {
    results.add(ParityResult.compared(name, prefix + quantity, error, tolerance));
  }
}
