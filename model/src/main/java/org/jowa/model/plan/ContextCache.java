package org.jowa.model.plan;

import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;

/**
 * Keys and values of the contexts of several environments, of equal length. Every branch that grows
 * from an environment's context reads the same memory. Closing gives the memory back.
 */
public final class ContextCache implements AutoCloseable {
  private final SlabPool pool;
  private final KeptPointers kept = new KeptPointers();
  private final Tensor[] memory;

  final int environments;
  final int tokens;
  final int[] games;

  /** What the contexts are, [environments][tokens]. */
  final int[][] sequences;

  /** By layer [2, heads, environments, tokens, d]: keys, then values. */
  final Tensor[] slabs;

  /** By layer [heads * environments, d, tokens]. */
  final Tensor[] keysTransposed;

  /** By layer [heads * environments, tokens, d]. */
  final Tensor[] values;

  ContextCache(WorldConfig config, SlabPool pool, int[] games, int[][] sequences) {
    this.pool = pool;
    this.environments = games.length;
    this.tokens = sequences[0].length;
    this.games = games.clone();
    this.sequences = sequences.clone();
    int layers = config.layers();
    memory = new Tensor[layers];
    slabs = new Tensor[layers];
    keysTransposed = new Tensor[layers];
    values = new Tensor[layers];
    long heads = config.heads();
    long d = config.headWidth();
    long floats = 2 * heads * environments * tokens * d;
    try (StepScope scope = StepScope.inference()) {
      for (int layer = 0; layer < layers; layer++) {
        memory[layer] = pool.take(floats);
        Tensor slab = memory[layer].narrow(0, 0, floats).view(2, heads, environments, tokens, d);
        slabs[layer] = kept.keep(slab);
        keysTransposed[layer] =
            kept.keep(slab.select(0, 0).view(heads * environments, tokens, d).transpose(1, 2));
        values[layer] = kept.keep(slab.select(0, 1).view(heads * environments, tokens, d));
      }
    }
  }

  /** Tokens of each context. */
  public int tokens() {
    return tokens;
  }

  @Override
  public void close() {
    kept.close();
    for (Tensor slab : memory) {
      pool.giveBack(slab);
    }
  }
}
