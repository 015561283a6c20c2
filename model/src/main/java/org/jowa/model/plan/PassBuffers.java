package org.jowa.model.plan;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * The intermediate results of a decoding pass of one shape, as views of memory that all shapes
 * share, on the decoder's device. Small models spend their time in calls, not in arithmetic, so a
 * pass makes no view and, but for products by oneDNN, allocates next to nothing.
 *
 * <p>Row = (environment * branches + branch) * tokens + token.
 */
final class PassBuffers {
  /**
   * What the sizes of a pass depend on.
   *
   * @param environments sharing nothing
   * @param branches per environment
   * @param tokens fed to each branch
   * @param context tokens of each context
   * @param imagined slots of a branch for imagined tokens
   */
  record Shape(int environments, int branches, int tokens, int context, int imagined) {
    int rows() {
      return environments * branches * tokens;
    }
  }

  /** Input and residual stream [rows, E]. */
  final Tensor x;

  private final Tensor xOnHost;
  private final FloatPointer xMemory;

  /** Added to the residual stream [rows, E]. */
  final Tensor update;

  /** Queries, keys and values [rows, 3E], and its parts by head, [heads, rows, d] and the like. */
  final Tensor qkv;

  final Tensor queriesByHead;
  final Tensor keysAndValuesByHead;

  /** Contiguous queries [heads, rows, d], and as seen by environment and by branch. */
  final Tensor queries;

  final Tensor queriesOfEnvironments;
  final Tensor queriesOfBranches;

  /** Scores against the context [heads * environments, branches * tokens, context]. */
  final Tensor contextScores;

  /** Scores against what was imagined [heads * branches, tokens, imagined]. */
  final Tensor imaginedScores;

  /** The same as [heads, branches, tokens, imagined], for the mask. */
  final Tensor imaginedScoresToMask;

  /** 0 or -inf [branches, tokens, imagined]. */
  final Tensor mask;

  private final Tensor maskOnHost;
  private final FloatPointer maskMemory;

  /** Both scores side by side, for one softmax. */
  final TensorVector bothScores;

  final Tensor scores;
  final Tensor probabilities;
  final Tensor contextProbabilities;
  final Tensor imaginedProbabilities;

  /** Attended values [heads * environments, branches * tokens, d], then by branch. */
  final Tensor attended;

  final Tensor attendedOfBranches;

  /** The same as [rows, heads, d], not contiguous, and a contiguous copy of that as [rows, E]. */
  final Tensor attendedByRow;

  final Tensor merged;
  final Tensor mergedByHead;

  /** Hidden layer of the MLP [rows, 4E]. */
  final Tensor mlp;

  /** Where the keys and values of each row go in a branch slab, [rows] int64. */
  final Tensor places;

  private final Tensor placesOnHost;
  private final LongPointer placesMemory;

  private PassBuffers(Builder make, WorldConfig config, Shape shape) {
    long m = shape.rows();
    long width = config.width();
    long heads = config.heads();
    long d = config.headWidth();
    long environments = shape.environments;
    long perEnvironment = (long) shape.branches * shape.tokens;
    long branches = (long) shape.environments * shape.branches;
    long tokens = shape.tokens;
    long context = shape.context;
    long imagined = shape.imagined;

    x = make.tensor("x", m, width);
    xOnHost = make.onHost("x", x);
    xMemory = make.kept.keep(xOnHost.data_ptr_float());
    update = make.tensor("update", m, width);
    qkv = make.tensor("qkv", m, 3 * width);
    Tensor byHead = qkv.view(m, 3, heads, d).permute(1, 2, 0, 3);
    queriesByHead = make.kept.keep(byHead.select(0, 0));
    keysAndValuesByHead = make.kept.keep(byHead.narrow(0, 1, 2));
    queries = make.tensor("queries", heads, m, d);
    queriesOfEnvironments = make.kept.keep(queries.view(heads * environments, perEnvironment, d));
    queriesOfBranches = make.kept.keep(queries.view(heads * branches, tokens, d));
    contextScores = make.tensor("contextScores", heads * environments, perEnvironment, context);
    imaginedScores = make.tensor("imaginedScores", heads * branches, tokens, imagined);
    imaginedScoresToMask = make.kept.keep(imaginedScores.view(heads, branches, tokens, imagined));
    mask = make.tensor("mask", branches, tokens, imagined);
    maskOnHost = make.onHost("mask", mask);
    maskMemory = make.kept.keep(maskOnHost.data_ptr_float());
    bothScores =
        make.kept.keep(
            new TensorVector(
                contextScores,
                imaginedScores.view(heads * environments, perEnvironment, imagined)));
    scores = make.tensor("scores", heads * environments, perEnvironment, context + imagined);
    probabilities =
        make.tensor("probabilities", heads * environments, perEnvironment, context + imagined);
    contextProbabilities = make.kept.keep(probabilities.narrow(2, 0, context));
    imaginedProbabilities =
        make.kept.keep(
            probabilities
                .view(heads * branches, tokens, context + imagined)
                .narrow(2, context, imagined));
    attended = make.tensor("attended", heads * environments, perEnvironment, d);
    attendedOfBranches = make.kept.keep(attended.view(heads * branches, tokens, d));
    attendedByRow = make.kept.keep(attended.view(heads, m, d).permute(1, 0, 2));
    merged = make.tensor("merged", m, width);
    mergedByHead = make.kept.keep(merged.view(m, heads, d));
    mlp = make.tensor("mlp", m, 4 * width);
    placesOnHost = make.kept.keep(Tensors.zeros(ScalarType.Long, m));
    placesMemory = make.kept.keep(placesOnHost.data_ptr_long());
    places = make.kept.keep(make.cache.device.put(placesOnHost));
  }

  /** Hands over what a pass is fed; longer arrays than the tensors are are read at their head. */
  void put(float[] vectors, float[] masked, long[] slots) {
    xMemory.put(vectors, 0, Math.toIntExact(x.numel()));
    maskMemory.put(masked, 0, Math.toIntExact(mask.numel()));
    placesMemory.put(slots, 0, Math.toIntExact(places.numel()));
    send(xOnHost, x);
    send(maskOnHost, mask);
    send(placesOnHost, places);
  }

  private static void send(Tensor values, Tensor target) {
    if (values != target) {
      target.copy_(values);
    }
  }

  /** Buffers by shape, and the memory they share. */
  static final class Cache implements AutoCloseable {
    private static final int MOST_SHAPES = 256;

    private final WorldConfig config;
    private final Device device;
    private final Map<String, Tensor> memory = new HashMap<>();
    private final Map<Shape, PassBuffers> buffers = new HashMap<>();
    private KeptPointers kept = new KeptPointers();

    /**
     * @param device of the passes
     */
    Cache(WorldConfig config, Device device) {
      this.config = config;
      this.device = device;
    }

    PassBuffers of(Shape shape) {
      PassBuffers known = buffers.get(shape);
      if (known != null) {
        return known;
      }
      try (StepScope scope = StepScope.inference()) {
        if (buffers.size() >= MOST_SHAPES) {
          forget();
        }
        PassBuffers made = new PassBuffers(new Builder(this, kept), config, shape);
        buffers.put(shape, made);
        return made;
      }
    }

    private void forget() {
      buffers.clear();
      kept.close();
      kept = new KeptPointers();
    }

    @Override
    public void close() {
      forget();
      memory.values().forEach(Tensors::release);
      memory.clear();
    }
  }

  /**
   * Makes a shape's views. Memory that is outgrown lives on until the views on it are forgotten.
   */
  private record Builder(Cache cache, KeptPointers kept) {
    Tensor tensor(String name, long... shape) {
      return tensor(cache.device, name, shape);
    }

    /** Where Java writes a tensor's values: the tensor itself, or memory for their way there. */
    Tensor onHost(String name, Tensor tensor) {
      return cache.device.isCpu() ? tensor : tensor(Device.CPU, name + " on host", tensor.shape());
    }

    private Tensor tensor(Device device, String name, long... shape) {
      long floats = 1;
      for (long size : shape) {
        floats *= size;
      }
      Tensor flat = cache.memory.get(name);
      if (flat == null || flat.numel() < floats) {
        if (flat != null) {
          Tensors.release(flat);
        }
        flat = Tensors.keep(device.zeros(ScalarType.Float, floats));
        cache.memory.put(name, flat);
      }
      return kept.keep(flat.narrow(0, 0, floats).view(shape));
    }
  }
}
