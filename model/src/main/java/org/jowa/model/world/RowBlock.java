package org.jowa.model.world;

import java.util.ArrayList;
import java.util.List;

/**
 * Neighbouring rows of a causal attention matrix. They see the columns up to their last row only,
 * so computing by row blocks leaves out most of the upper triangle.
 *
 * @param index number of the block
 * @param first first row
 * @param rows number of rows
 */
record RowBlock(int index, int first, int rows) {
  /** More blocks skip more of the triangle, but their products are too small to run fast. */
  static final int COUNT = 4;

  /** Columns that a row of this block may see. */
  int columns() {
    return first + rows;
  }

  /** Cuts a sequence into at most {@link #COUNT} blocks of equal height, the last maybe lower. */
  static List<RowBlock> of(int tokens) {
    int height = (tokens + COUNT - 1) / COUNT;
    List<RowBlock> blocks = new ArrayList<>();
    for (int first = 0; first < tokens; first += height) {
      blocks.add(new RowBlock(blocks.size(), first, Math.min(height, tokens - first)));
    }
    return List.copyOf(blocks);
  }
}
