package org.jowa.model.plan;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of what was imagined after a context, one row per branch; each environment has
 * the same number of branches, row = environment * branches + branch. Closing gives the memory
 * back.
 */
public final class BranchCache implements AutoCloseable {
  private final WorldConfig config;
  private final SlabPool pool;

  /** By layer, the views of its memory. */
  private final KeptPointers[] kept;

  /** By layer; null of one that was given back. */
  private final @Nullable Tensor[] memory;

  final ContextCache context;
  final int branches;
  final int capacity;

  /**
   * Tokens a row of the slabs holds: one more than the capacity, where keys and values go that
   * nobody shall read.
   */
  final int slots;

  /** What was imagined, [rows * capacity]. */
  final int[] imagined;

  /** What the places around them add to the vectors of the block being imagined, [rows][36 * E]. */
  final float[][] around;

  /** Whether that is known of the block whose action comes next, [rows]. */
  final boolean[] aroundIsKnown;

  /** By layer [2, heads, rows, slots, d]. */
  final Tensor[] slabs;

  /** By layer [2, heads, rows * slots, d]. */
  final Tensor[] flat;

  /** By layer [heads * rows, d, slots]. */
  final Tensor[] keysTransposed;

  /** By layer [heads * rows, slots, d]. */
  final Tensor[] values;

  private BranchCache(
      WorldConfig config, SlabPool pool, ContextCache context, int branches, int capacity) {
    if (context.tokens + capacity > config.maxTokens()) {
      throw new IllegalArgumentException(
          "A context of "
              + context.tokens
              + " tokens and "
              + capacity
              + " imagined ones exceed the model's "
              + config.maxTokens());
    }
    this.config = config;
    this.pool = pool;
    this.context = context;
    this.branches = branches;
    this.capacity = capacity;
    this.slots = capacity + 1;
    this.imagined = new int[rows() * capacity];
    this.around = new float[rows()][];
    this.aroundIsKnown = new boolean[rows()];
    int layers = config.layers();
    kept = new KeptPointers[layers];
    Arrays.setAll(kept, layer -> new KeptPointers());
    memory = new Tensor[layers];
    slabs = new Tensor[layers];
    flat = new Tensor[layers];
    keysTransposed = new Tensor[layers];
    values = new Tensor[layers];
  }

  /** Branches with memory for all layers. */
  static BranchCache of(
      WorldConfig config, SlabPool pool, ContextCache context, int branches, int capacity) {
    BranchCache cache = new BranchCache(config, pool, context, branches, capacity);
    for (int layer = 0; layer < cache.memory.length; layer++) {
      cache.take(layer);
    }
    return cache;
  }

  private void take(int layer) {
    long heads = config.heads();
    long d = config.headWidth();
    long rows = rows();
    long floats = 2 * heads * rows * slots * d;
    try (StepScope scope = StepScope.inference()) {
      Tensor taken = pool.take(floats);
      memory[layer] = taken;
      Tensor slab = taken.narrow(0, 0, floats).view(2, heads, rows, slots, d);
      slabs[layer] = kept[layer].keep(slab);
      flat[layer] = kept[layer].keep(slab.view(2, heads, rows * slots, d));
      keysTransposed[layer] =
          kept[layer].keep(slab.select(0, 0).view(heads * rows, slots, d).transpose(1, 2));
      values[layer] = kept[layer].keep(slab.select(0, 1).view(heads * rows, slots, d));
    }
  }

  private void giveBack(int layer) {
    Tensor taken = memory[layer];
    if (taken != null) {
      kept[layer].close();
      pool.giveBack(taken);
      memory[layer] = null;
    }
  }

  /** A token of a branch, of its context or imagined. */
  int token(int row, int position) {
    return position < context.tokens
        ? context.sequences[row / branches][position]
        : imagined[row * capacity + position - context.tokens];
  }

  /** Branches of all environments. */
  public int rows() {
    return context.environments * branches;
  }

  /**
   * Children of branches: what their parents imagined is copied (it is short), the context is
   * shared. The parents' memory is given back as it is copied, so that both are never held whole:
   * this is closed afterwards.
   *
   * @param parents by row of the result, the row here; environments must agree
   * @param tokens imagined tokens to take over
   * @param childCapacity room of each child, those included
   */
  public BranchCache fork(int[] parents, int tokens, int childCapacity) {
    BranchCache children =
        new BranchCache(
            config, pool, context, parents.length / context.environments, childCapacity);
    for (int row = 0; row < parents.length; row++) {
      System.arraycopy(
          imagined, parents[row] * capacity, children.imagined, row * childCapacity, tokens);
      children.around[row] = around[parents[row]];
    }
    for (int layer = 0; layer < slabs.length; layer++) {
      try (StepScope scope = StepScope.inference()) {
        Tensor index = pool.device().indices(parents);
        Tensor path = slabs[layer].narrow(3, 0, tokens).index_select(2, index);
        giveBack(layer);
        children.take(layer);
        children.slabs[layer].narrow(3, 0, tokens).copy_(path);
      }
    }
    return children;
  }

  /** Imagined tokens a branch has room for. */
  public int capacity() {
    return capacity;
  }

  @Override
  public void close() {
    for (int layer = 0; layer < memory.length; layer++) {
      giveBack(layer);
    }
  }
}
