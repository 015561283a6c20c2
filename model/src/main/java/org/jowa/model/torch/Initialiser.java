package org.jowa.model.torch;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * First values of a weight, as a function of (seed, tensor name, element): they depend neither on
 * torch's global generator nor on threads or the order of construction.
 */
public final class Initialiser {
  private final long seed;

  private Initialiser(long seed) {
    this.seed = seed;
  }

  /** The initialiser of a model. */
  public static Initialiser of(long seed) {
    return new Initialiser(seed);
  }

  /** Fills with one value. */
  public void constant(Tensor weight, double value) {
    float[] values = new float[Math.toIntExact(weight.numel())];
    Arrays.fill(values, (float) value);
    store(weight, values);
  }

  /** Fills with U(-bound, bound). */
  public void uniform(String name, Tensor weight, double bound) {
    long key = FunctionalRandom.key(seed, name);
    float[] values = new float[Math.toIntExact(weight.numel())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((2 * FunctionalRandom.uniform(key, i) - 1) * bound);
    }
    store(weight, values);
  }

  /** Fills with N(0, deviation). */
  public void normal(String name, Tensor weight, double deviation) {
    double[] draws = normals(name, Math.toIntExact(weight.numel()));
    float[] values = new float[draws.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (draws[i] * deviation);
    }
    store(weight, values);
  }

  /**
   * Fills with a (semi-)orthogonal matrix times a gain: rows of [out, in...] are orthonormal when
   * there are at most as many as columns, else the columns are.
   */
  public void orthogonal(String name, Tensor weight, double gain) {
    int rows = Math.toIntExact(weight.size(0));
    int columns = Math.toIntExact(weight.numel() / rows);
    boolean wide = rows <= columns;
    int count = wide ? rows : columns;
    int length = wide ? columns : rows;
    double[] draws = normals(name, count * length);
    double[][] vectors = new double[count][length];
    for (int i = 0; i < count; i++) {
      System.arraycopy(draws, i * length, vectors[i], 0, length);
    }
    orthonormalise(vectors);
    float[] values = new float[rows * columns];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < length; j++) {
        int index = wide ? i * columns + j : j * columns + i;
        values[index] = (float) (gain * vectors[i][j]);
      }
    }
    store(weight, values);
  }

  /** Box-Muller over pairs of uniform draws; strict mathematics, so that all machines agree. */
  private double[] normals(String name, int count) {
    long key = FunctionalRandom.key(seed, name);
    double[] draws = new double[count];
    for (int i = 0; i < count; i += 2) {
      double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - FunctionalRandom.uniform(key, i)));
      double angle = 2 * Math.PI * FunctionalRandom.uniform(key, i + 1L);
      draws[i] = radius * StrictMath.cos(angle);
      if (i + 1 < count) {
        draws[i + 1] = radius * StrictMath.sin(angle);
      }
    }
    return draws;
  }

  /** Modified Gram-Schmidt, twice, which is enough for orthogonality to machine precision. */
  private static void orthonormalise(double[][] vectors) {
    for (int i = 0; i < vectors.length; i++) {
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < i; j++) {
          subtractProjection(vectors[i], vectors[j]);
        }
        scale(vectors[i], 1 / Math.sqrt(dot(vectors[i], vectors[i])));
      }
    }
  }

  private static void subtractProjection(double[] vector, double[] unit) {
    double factor = dot(vector, unit);
    for (int k = 0; k < vector.length; k++) {
      vector[k] -= factor * unit[k];
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += a[k] * b[k];
    }
    return sum;
  }

  private static void scale(double[] vector, double factor) {
    for (int k = 0; k < vector.length; k++) {
      vector[k] *= factor;
    }
  }

  private static void store(Tensor weight, float[] values) {
    if (!weight.is_contiguous()) {
      throw new IllegalArgumentException("Only a contiguous weight can be initialised");
    }
    weight.copy_(Tensors.of(values, weight.shape()));
  }
}
