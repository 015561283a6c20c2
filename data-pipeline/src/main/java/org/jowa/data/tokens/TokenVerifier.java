package org.jowa.data.tokens;

import java.io.IOException;
import java.util.BitSet;
import java.util.Locale;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.jowa.data.dataset.Arrow;
import org.jowa.data.dataset.EpisodeTable;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StepColumns;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.error.Reason;
import org.jowa.error.ReportedException;

/** Reads every row of one token shard, without a copy on the local disk. */
final class TokenVerifier {
  private TokenVerifier() {}

  /**
   * @throws InvalidInputException when the shard isn't as it should be
   */
  static void verify(Storage storage, TokenManifest manifest, int index, EpisodeTable episodes) {
    Shard shard = manifest.shards().get(index);
    FrameShardReader.requireUnaltered(storage, shard);
    BitSet ends = new BitSet();
    episodes.all().stream()
        .filter(episode -> episode.shard() == index)
        .forEach(episode -> ends.set(episode.firstRow() + episode.length() - 1));
    try (BufferAllocator allocator = Arrow.allocator("token verifier " + shard.path());
        ArrowFileReader reader =
            new ArrowFileReader(storage.openChannel(shard.path()), allocator)) {
      VectorSchemaRoot root = reader.getVectorSchemaRoot();
      if (!root.getSchema().getFields().equals(StepColumns.tokenSchema(null).getFields())) {
        throw FrameShardReader.damaged(storage, shard, "it has other columns", null);
      }
      int rows = 0;
      while (reader.loadNextBatch()) {
        check(storage, manifest, shard, root, rows, ends);
        rows += root.getRowCount();
      }
      if (rows != shard.rows()) {
        throw FrameShardReader.damaged(
            storage,
            shard,
            String.format(Locale.ROOT, "%d rows, expected %d", rows, shard.rows()),
            null);
      }
    } catch (ReportedException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw FrameShardReader.damaged(storage, shard, "unreadable (" + Reason.of(e) + ")", e);
    }
  }

  private static void check(
      Storage storage,
      TokenManifest manifest,
      Shard shard,
      VectorSchemaRoot root,
      int firstRow,
      BitSet ends) {
    StepColumns columns = new StepColumns(root);
    UInt2Vector tokens =
        (UInt2Vector) ((FixedSizeListVector) root.getVector(StepColumns.TOKENS)).getDataVector();
    for (int row = 0; row < root.getRowCount(); row++) {
      for (int t = 0; t < StepColumns.TOKENS_PER_FRAME; t++) {
        int token = tokens.get(row * StepColumns.TOKENS_PER_FRAME + t);
        if (token >= manifest.codebookSize()) {
          throw FrameShardReader.damaged(
              storage,
              shard,
              String.format(
                  Locale.ROOT,
                  "row %d has token %d, the codebook has %d",
                  firstRow + row,
                  token,
                  manifest.codebookSize()),
              null);
        }
      }
      boolean end = columns.terminal.get(row) != 0;
      if (end != ends.get(firstRow + row)) {
        throw FrameShardReader.damaged(
            storage,
            shard,
            String.format(
                Locale.ROOT,
                "row %d %s an episode, the table of episodes says otherwise",
                firstRow + row,
                end ? "ends" : "doesn't end"),
            null);
      }
    }
  }
}
