package org.jowa.data.tokens;

import java.util.List;
import org.jowa.data.dataset.Shard;
import org.jowa.error.InvalidInputException;

/**
 * The table of contents of a token set, written last.
 *
 * @param tokenizerHash of the weights that made the tokens
 * @param datasetHash content hash of the data set
 * @param batchSize frames in every forward pass of the tokenizer, padding included
 * @param shards one for each frame shard of the data set, in the same order; paths are below the
 *     token set's folder
 */
public record TokenManifest(
    int version,
    String tokenizerHash,
    int codebookSize,
    int tokensPerFrame,
    int batchSize,
    String datasetHash,
    List<Shard> shards) {
  public static final int VERSION = 1;

  /**
   * @throws InvalidInputException when something is missing
   */
  public TokenManifest {
    if (tokenizerHash == null || datasetHash == null || shards == null) {
      throw new InvalidInputException("The token manifest lacks a part: run tokenize again.");
    }
  }
}
