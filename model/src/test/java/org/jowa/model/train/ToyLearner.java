package org.jowa.model.train;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.model.optim.AdamW;
import org.jowa.model.optim.GroupSettings;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.ParameterGroup;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * A two-layer regression in two stages, small enough to reason about: sample {@code k} has inputs
 * that are a function of {@code k}, and a counter goes on as the target copy's does.
 */
final class ToyLearner implements Learner {
  static final int BATCH = 8;
  private static final int INPUTS = 4;
  private static final int HIDDEN = 16;

  private final int rank;
  private final int worldSize;
  private final long stage1Steps;
  private final long totalSteps;
  private final FlatParameters parameters;
  private final AdamW optimizer;
  private LongConsumer beforeRead = step -> {};
  private float poison;
  private boolean scaleGradient;
  private long sinceCopy;
  private BatchDescription batch;
  private float[] inputs;
  private float[] targets;

  ToyLearner(int rank, int worldSize, long stage1Steps, long totalSteps) {
    this.rank = rank;
    this.worldSize = worldSize;
    this.stage1Steps = stage1Steps;
    this.totalSteps = totalSteps;
    parameters =
        FlatParameters.builder()
            .add("w1", ParameterGroup.DECAY, HIDDEN, INPUTS)
            .add("b1", ParameterGroup.NO_DECAY, HIDDEN)
            .add("w2", ParameterGroup.DECAY, 1, HIDDEN)
            .build();
    try (StepScope scope = StepScope.inference()) {
      for (String name : parameters.names()) {
        Tensor tensor = parameters.get(name);
        for (int i = 0; i < tensor.numel(); i++) {
          tensor.data_ptr_float().put(i, (float) Math.sin(i * 7 + name.hashCode()));
        }
      }
    }
    optimizer =
        AdamW.of(
            parameters,
            Map.of(
                ParameterGroup.DECAY, new GroupSettings(1e-2, 0.01),
                ParameterGroup.NO_DECAY, new GroupSettings(1e-2, 0)));
  }

  @Override
  public Optional<String> atBaseline(long step, Map<String, Double> heldOut) {
    return step >= 5 ? Optional.of("nothing learned") : Optional.empty();
  }

  /** Runs before each share is read. */
  void beforeRead(LongConsumer action) {
    beforeRead = action;
  }

  /** What is added to the first target of the next shares. */
  void poison(float value) {
    poison = value;
  }

  /** Whether gradients, not losses, of the next shares are beyond all bounds. */
  void scaleGradient(boolean on) {
    scaleGradient = on;
  }

  @Override
  public FlatParameters parameters() {
    return parameters;
  }

  @Override
  public AdamW optimizer() {
    return optimizer;
  }

  @Override
  public long totalSteps() {
    return totalSteps;
  }

  @Override
  public double clipNorm() {
    return 1;
  }

  @Override
  public String stage(long step) {
    return step < stage1Steps ? "stage1" : "stage2";
  }

  @Override
  public Optional<String> weightsImported(Optional<Long> seed) {
    sinceCopy = 0;
    return Optional.empty();
  }

  @Override
  public void prepare(long step) {
    if (step == stage1Steps) {
      optimizer.reset();
    }
    double rate = step < stage1Steps ? 1e-2 : 5e-3;
    optimizer.settings(ParameterGroup.DECAY, new GroupSettings(rate, 0.01));
  }

  @Override
  public double[] read(long step) {
    beforeRead.accept(step);
    fill(step * BATCH);
    targets[0] += poison;
    return new double[] {batch.samples().length};
  }

  private void fill(long first) {
    int size = BATCH / worldSize;
    long[] samples = new long[size];
    inputs = new float[size * INPUTS];
    targets = new float[size];
    for (int i = 0; i < size; i++) {
      samples[i] = first + rank + (long) i * worldSize;
      for (int j = 0; j < INPUTS; j++) {
        inputs[i * INPUTS + j] = (float) Math.sin(samples[i] * 12.9898 + j * 78.233);
        targets[i] += inputs[i * INPUTS + j] * (j - 1.5f);
      }
    }
    batch = new BatchDescription(samples, new int[size]);
  }

  @Override
  public double[] accumulate(long step, double[] counts, Consumer<Range> complete) {
    try (StepScope scope = StepScope.training()) {
      Tensor squares = squares();
      double scale = scaleGradient ? Float.MAX_VALUE : 1 / counts[0];
      torch.sum(squares).mul(new Scalar(scale)).backward();
      return sums(squares);
    }
  }

  private double[] sums(Tensor squares) {
    double sum = 0;
    for (float square : Tensors.floats(squares.detach())) {
      sum += square;
    }
    return new double[] {sum, batch.samples().length};
  }

  private Tensor squares() {
    Tensor x = Tensors.of(inputs, targets.length, INPUTS);
    Tensor hidden = torch.tanh(torch.addmm(parameters.get("b1"), x, parameters.get("w1").t()));
    Tensor y = torch.mm(hidden, parameters.get("w2").t()).flatten();
    return torch.square(y.sub(Tensors.of(targets, targets.length)));
  }

  @Override
  public BatchDescription batch() {
    return batch;
  }

  @Override
  public void updated(long step, double[] sums) {
    sinceCopy = (sinceCopy + 1) % 4;
  }

  @Override
  public double[] heldOut(long index, long step) {
    fill(-1000 - index * BATCH);
    try (StepScope scope = StepScope.inference()) {
      return sums(squares());
    }
  }

  @Override
  public long heldOutBatches() {
    return 2;
  }

  @Override
  public Map<String, Double> losses(long step, double[] sums) {
    return new LinkedHashMap<>(Map.of("total", sums[0] / sums[1]));
  }

  @Override
  public Map<String, Map<String, Double>> gameLosses(long step, double[] sums) {
    return Map.of("Pong", losses(step, sums));
  }

  @Override
  public Map<String, Double> unitsPerStep(long step) {
    return Map.of("sequencesPerSecond", (double) BATCH);
  }

  @Override
  public Map<String, Long> counters() {
    return Map.of("steps-since-target-copy", sinceCopy);
  }

  @Override
  public void restore(Map<String, Long> counters) {
    sinceCopy = counters.get("steps-since-target-copy");
  }

  @Override
  public void close() {
    optimizer.close();
    parameters.close();
  }
}
