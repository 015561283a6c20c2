package org.jowa.model.loss;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.torch.FunctionalRandom;
import org.jowa.model.torch.Tensors;
import org.jowa.model.world.DropoutKey;

/** Weights of the Q networks in an ensemble; they sum to 1. */
public final class EnsembleWeights {
  /** Apart from every sample's index, whose streams are the dropout masks. */
  private static final long NO_SAMPLE = -1;

  private static final long SITE = 0;

  private final double[] weights;

  private EnsembleWeights(double[] weights) {
    this.weights = weights;
  }

  /** Equal weights. */
  public static EnsembleWeights equal(int networks) {
    double[] weights = new double[networks];
    Arrays.fill(weights, 1.0 / networks);
    return new EnsembleWeights(weights);
  }

  /** The random convex weights of one step: uniform draws, normalised. */
  public static EnsembleWeights random(int networks, DropoutKey key) {
    long stream = FunctionalRandom.key(key.seed(), key.step(), NO_SAMPLE, SITE);
    double[] weights = new double[networks];
    double sum = 0;
    for (int i = 0; i < networks; i++) {
      weights[i] = FunctionalRandom.uniform(stream, i);
      sum += weights[i];
    }
    for (int i = 0; i < networks; i++) {
      weights[i] /= sum;
    }
    return new EnsembleWeights(weights);
  }

  /** Given weights. */
  public static EnsembleWeights of(double... weights) {
    return new EnsembleWeights(weights.clone());
  }

  /** A copy of the weights, one for each network. */
  public double[] toArray() {
    return weights.clone();
  }

  /** The weights with trailing dimensions of 1, to multiply what the networks gave. */
  Tensor column(int dimensions) {
    float[] floats = new float[weights.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) weights[i];
    }
    long[] shape = new long[dimensions];
    Arrays.fill(shape, 1);
    shape[0] = weights.length;
    return Tensors.of(floats, shape);
  }
}
