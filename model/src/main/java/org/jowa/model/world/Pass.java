package org.jowa.model.world;

import java.util.List;

/** Shape of a pass: {@code [batch, tokens, width]}, its row blocks and its dropout. */
record Pass(int batch, int tokens, long width, List<RowBlock> rowBlocks, DropoutMasks masks) {
  long rows() {
    return (long) batch * tokens;
  }
}
