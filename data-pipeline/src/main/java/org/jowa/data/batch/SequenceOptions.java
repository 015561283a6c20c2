package org.jowa.data.batch;

import io.soabase.recordbuilder.core.RecordBuilder;
import org.jowa.data.cache.MappedFiles;
import org.jowa.data.sample.GameMix;
import org.jowa.data.sample.Segmentation;

/**
 * What a loader of sequences does beyond the usual.
 *
 * @param segmentation how episodes are cut
 * @param mix of games in training batches; held-out segments of its games come as they are
 * @param mappedBytes of token shards that are mapped at a time
 * @param returnDiscount of the returns that batches carry, which takes reading on; NaN for batches
 *     without any
 * @param demonstrations share of each game's steps that count as demonstrations, those of the
 *     episodes of highest return, in (0, 1]
 * @param demonstrationsOnly whether training segments are drawn from demonstrations alone
 */
@RecordBuilder
public record SequenceOptions(
    Segmentation segmentation,
    GameMix mix,
    long mappedBytes,
    double returnDiscount,
    double demonstrations,
    boolean demonstrationsOnly)
    implements SequenceOptionsBuilder.With {
  /** Training segments (length 8, stride 4, right padding), each equally often. */
  public static final SequenceOptions STANDARD =
      new SequenceOptions(
          Segmentation.TRAINING, GameMix.NATURAL, MappedFiles.DEFAULT_BYTES, Double.NaN, 1, false);
}
