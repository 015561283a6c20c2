package org.jowa.data.replay;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;

/**
 * Rows of a log that don't become steps.
 *
 * @param paddingRows all-zero rows that the logger writes before an episode, three at a time
 * @param staleRows rows never written, or whose predecessors' file is missing
 * @param repeatedRows rows that the checkpoint before holds already
 * @param unendedTailRows rows after the last terminal (of the run; with {@link
 *     ReplayRows#REFERENCE} of each file)
 * @param headlessRows rows of episodes whose beginning the files don't hold, terminals included;
 *     not written when 0, so that manifests from before this count keep their checksums
 */
public record LeftOut(
    long paddingRows,
    long staleRows,
    long repeatedRows,
    long unendedTailRows,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) @JsonSetter(nulls = Nulls.AS_EMPTY)
        long headlessRows) {
  public static final LeftOut NOTHING = new LeftOut(0, 0, 0, 0, 0);

  public LeftOut plus(LeftOut other) {
    return new LeftOut(
        paddingRows + other.paddingRows,
        staleRows + other.staleRows,
        repeatedRows + other.repeatedRows,
        unendedTailRows + other.unendedTailRows,
        headlessRows + other.headlessRows);
  }

  /** All of them together. */
  public long rows() {
    return paddingRows + staleRows + repeatedRows + unendedTailRows + headlessRows;
  }
}
