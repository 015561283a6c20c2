package org.jowa.model.plan;

import org.bytedeco.pytorch.Tensor;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;

/**
 * Keys and values of imagined steps, a block for each node of the search trees: a node's past is
 * put together from the blocks on its path. Closing gives the memory back.
 */
final class NodeCache implements AutoCloseable {
  private static final int BLOCK = WorldConfig.BLOCK_TOKENS;

  private final SlabPool pool;
  private final KeptPointers kept = new KeptPointers();
  private final Tensor[] memory;

  /** By layer [2, heads, nodes, 37, d]. */
  private final Tensor[] slabs;

  /** The tokens that these belong to, [nodes * 37]. */
  private final int[] tokens;

  NodeCache(WorldConfig config, SlabPool pool, int nodes) {
    this.pool = pool;
    tokens = new int[nodes * BLOCK];
    memory = new Tensor[config.layers()];
    slabs = new Tensor[config.layers()];
    long floats = 2L * config.heads() * nodes * BLOCK * config.headWidth();
    try (StepScope scope = StepScope.inference()) {
      for (int layer = 0; layer < slabs.length; layer++) {
        memory[layer] = pool.take(floats);
        slabs[layer] =
            kept.keep(
                memory[layer]
                    .narrow(0, 0, floats)
                    .view(2, config.heads(), nodes, BLOCK, config.headWidth()));
      }
    }
  }

  /**
   * Copies one block of each branch's past from here.
   *
   * @param level steps before that block
   * @param nodes by branch row; where a branch has no such block any node will do
   */
  void read(BranchCache branches, int level, int[] nodes) {
    for (int row = 0; row < nodes.length; row++) {
      int at = row * branches.capacity() + level * BLOCK;
      System.arraycopy(tokens, nodes[row] * BLOCK, branches.imagined, at, BLOCK);
    }
    try (StepScope scope = StepScope.inference()) {
      Tensor index = pool.device().indices(nodes);
      for (int layer = 0; layer < slabs.length; layer++) {
        branches
            .slabs[layer]
            .narrow(3, (long) level * BLOCK, BLOCK)
            .copy_(slabs[layer].index_select(2, index));
      }
    }
  }

  /**
   * Keeps one block of some branches.
   *
   * @param level steps before that block
   * @param rows of the branches
   * @param nodes where each one's block goes
   */
  void write(BranchCache branches, int level, int[] rows, int[] nodes) {
    for (int i = 0; i < rows.length; i++) {
      int at = rows[i] * branches.capacity() + level * BLOCK;
      System.arraycopy(branches.imagined, at, tokens, nodes[i] * BLOCK, BLOCK);
    }
    try (StepScope scope = StepScope.inference()) {
      Tensor from = pool.device().indices(rows);
      Tensor to = pool.device().indices(nodes);
      for (int layer = 0; layer < slabs.length; layer++) {
        Tensor blocks =
            branches.slabs[layer].narrow(3, (long) level * BLOCK, BLOCK).index_select(2, from);
        slabs[layer].index_copy_(2, to, blocks);
      }
    }
  }

  @Override
  public void close() {
    kept.close();
    for (Tensor slab : memory) {
      pool.giveBack(slab);
    }
  }
}
