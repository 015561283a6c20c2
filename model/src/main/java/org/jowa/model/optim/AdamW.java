package org.jowa.model.optim;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * AdamW (betas 0.9 and 0.999, epsilon 1e-8) with global-norm clipping. Moments are flat buffers
 * beside the weights, and each group is updated by one fused kernel.
 *
 * <p>Source: specification section 4.
 */
public final class AdamW implements AutoCloseable {
  static final double BETA1 = 0.9;
  static final double BETA2 = 0.999;
  static final double EPSILON = 1e-8;

  /** Added to the norm before dividing, as in the reference's clipping. */
  private static final double CLIP_EPSILON = 1e-6;

  private static final String FIRST = "moments.first";
  private static final String SECOND = "moments.second";
  private static final String STEP = "step";

  private final FlatParameters parameters;
  private final Map<ParameterGroup, GroupSettings> settings;
  private final Tensor first;
  private final Tensor second;
  private long step;

  private AdamW(FlatParameters parameters, Map<ParameterGroup, GroupSettings> settings) {
    this.parameters = parameters;
    this.settings = new EnumMap<>(ParameterGroup.class);
    settings.forEach(this::settings);
    for (ParameterGroup group : ParameterGroup.values()) {
      if (group.isTrainable()
          && parameters.range(group).length() > 0
          && !this.settings.containsKey(group)) {
        throw new IllegalArgumentException("Parameter group " + group + " has no settings");
      }
    }
    try (StepScope scope = StepScope.inference()) {
      first = Tensors.keep(torch.zeros_like(parameters.gradients()));
      second = Tensors.keep(torch.zeros_like(parameters.gradients()));
    }
  }

  /**
   * An optimizer with zero moments at step 0.
   *
   * @param settings of every trainable group that has parameters
   */
  public static AdamW of(FlatParameters parameters, Map<ParameterGroup, GroupSettings> settings) {
    return new AdamW(parameters, settings);
  }

  /** Sets learning rate and decay of a group from the next step on. */
  public void settings(ParameterGroup group, GroupSettings value) {
    if (!group.isTrainable()) {
      throw new IllegalArgumentException("Parameter group " + group + " is not optimised");
    }
    settings.put(group, value);
  }

  /**
   * Where the gradients lie that the next step reads: from the first group that isn't frozen to the
   * last.
   */
  public Range learning() {
    List<Range> ranges = new ArrayList<>();
    settings.forEach(
        (group, value) -> {
          if (learns(parameters.range(group), value)) {
            ranges.add(parameters.range(group));
          }
        });
    if (ranges.isEmpty()) {
      return new Range(0, 0);
    }
    // Groups are in the order in which they lie in memory.
    long start = ranges.get(0).offset();
    return new Range(start, ranges.get(ranges.size() - 1).end() - start);
  }

  private static boolean learns(Range range, GroupSettings value) {
    return range.length() > 0 && !value.equals(GroupSettings.FROZEN);
  }

  /**
   * L2 norm of all gradients, summed in an order that depends neither on threads nor on time. NaN
   * or infinite if a gradient is.
   */
  public double gradientNorm() {
    return GradientNorm.of(parameters.gradients());
  }

  /**
   * One step with the gradients scaled down to a norm of at most {@code clipNorm}.
   *
   * @return the gradients' norm before clipping
   * @throws ArithmeticException if the norm is not finite; nothing has changed then
   */
  public double step(double clipNorm) {
    double norm = gradientNorm();
    step(norm, clipNorm);
    return norm;
  }

  /**
   * One step with a norm that is known already. Leaves the clipped gradients in the gradient
   * buffer.
   *
   * @param gradientNorm from {@link #gradientNorm}
   * @param clipNorm largest norm; infinite for no clipping
   * @throws ArithmeticException if the norm is not finite; nothing has changed then
   */
  public void step(double gradientNorm, double clipNorm) {
    if (!Double.isFinite(gradientNorm)) {
      throw new ArithmeticException("The gradient's norm is " + gradientNorm);
    }
    step++;
    double factor = clipNorm / (gradientNorm + CLIP_EPSILON);
    try (StepScope scope = StepScope.inference()) {
      Tensor number = scalar(step);
      // The kernel divides by this one.
      Tensor scale = factor < 1 ? scalar((float) (1 / factor)) : null;
      settings.forEach((group, value) -> update(parameters.range(group), value, number, scale));
    }
    parameters.changed();
  }

  private Tensor scalar(float value) {
    return torch.full_like(parameters.gradients().narrow(0, 0, 1).view(), new Scalar(value));
  }

  /** Forgets the moments and counts from 0 again, as at the switch between training stages. */
  public void reset() {
    try (StepScope scope = StepScope.inference()) {
      first.zero_();
      second.zero_();
    }
    step = 0;
  }

  /**
   * What a checkpoint has to hold: {@code moments.first} and {@code moments.second}, fp32 [m] as
   * the gradient buffer is laid out, and {@code step}, int64 [1]. The moments are the live buffers;
   * the step count is the caller's to release.
   */
  public Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put(FIRST, first);
    state.put(SECOND, second);
    state.put(STEP, Tensors.of(new long[] {step}, 1));
    return state;
  }

  /**
   * Takes over a state that {@link #state} gave.
   *
   * @throws InvalidInputException if it doesn't belong to these parameters
   */
  public void load(Safetensors file) {
    load(file.tensors(), file.source());
  }

  /**
   * Takes over a state that {@link #state} gave.
   *
   * @param source what to call it in an error
   * @throws InvalidInputException if it doesn't belong to these parameters
   */
  public void load(Map<String, Tensor> state, String source) {
    Tensor ofFirst = required(state, FIRST, ScalarType.Float, first.numel(), source);
    Tensor ofSecond = required(state, SECOND, ScalarType.Float, second.numel(), source);
    Tensor steps = required(state, STEP, ScalarType.Long, 1, source);
    try (StepScope scope = StepScope.inference()) {
      first.copy_(ofFirst);
      second.copy_(ofSecond);
      step = steps.item_long();
    }
  }

  @Override
  public void close() {
    Tensors.release(first);
    Tensors.release(second);
  }

  private void update(Range range, GroupSettings value, Tensor number, @Nullable Tensor scale) {
    if (learns(range, value)) {
      FusedAdamW.update(
          slice(parameters.weights(), range),
          slice(parameters.gradients(), range),
          slice(first, range),
          slice(second, range),
          number,
          value,
          scale);
    }
  }

  private static Tensor slice(Tensor flat, Range range) {
    return flat.narrow(0, range.offset(), range.length());
  }

  private static Tensor required(
      Map<String, Tensor> state, String name, ScalarType type, long elements, String source) {
    Tensor tensor = state.get(name);
    if (tensor == null || tensor.scalar_type().intern() != type || tensor.numel() != elements) {
      throw new InvalidInputException(
          String.format(
              "Cannot load the optimizer's state from %s: tensor %s is %s, expected %s [%s]; use a"
                  + " checkpoint of this model's configuration",
              source,
              name,
              tensor == null
                  ? "missing"
                  : tensor.scalar_type().intern() + " [" + tensor.numel() + "]",
              type,
              elements));
    }
    return tensor;
  }
}
