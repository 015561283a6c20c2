package org.jowa.data.batch;

import org.jowa.data.cache.MappedFiles;
import org.jowa.data.sample.GameMix;
import org.jowa.data.sample.Segmentation;

/**
 * What a loader of sequences does beyond the usual.
 *
 * @param segmentation how episodes are cut
 * @param mix of games in training batches; held-out segments of its games come as they are
 * @param mappedBytes of token shards that are mapped at a time
 * @param returnDiscount of the returns that batches carry; NaN for batches without any
 * @param demonstrations share of each game's steps that count as demonstrations, those of the
 *     episodes of highest return, in (0, 1]
 * @param demonstrationsOnly whether training segments are drawn from demonstrations alone
 */
public record SequenceOptions(
    Segmentation segmentation,
    GameMix mix,
    long mappedBytes,
    double returnDiscount,
    double demonstrations,
    boolean demonstrationsOnly) {
  /** Training segments (length 8, stride 4, right padding), each equally often. */
  public static final SequenceOptions STANDARD =
      new SequenceOptions(
          Segmentation.TRAINING, GameMix.NATURAL, MappedFiles.DEFAULT_BYTES, Double.NaN, 1, false);

  public SequenceOptions withSegmentation(Segmentation other) {
    return new SequenceOptions(
        other, mix, mappedBytes, returnDiscount, demonstrations, demonstrationsOnly);
  }

  public SequenceOptions withMix(GameMix other) {
    return new SequenceOptions(
        segmentation, other, mappedBytes, returnDiscount, demonstrations, demonstrationsOnly);
  }

  public SequenceOptions withMappedBytes(long bytes) {
    return new SequenceOptions(
        segmentation, mix, bytes, returnDiscount, demonstrations, demonstrationsOnly);
  }

  /** Held-out batches carry the discounted return of each step, which takes reading on. */
  public SequenceOptions withReturns(double discount) {
    return new SequenceOptions(
        segmentation, mix, mappedBytes, discount, demonstrations, demonstrationsOnly);
  }

  public SequenceOptions withDemonstrations(double share) {
    return new SequenceOptions(
        segmentation, mix, mappedBytes, returnDiscount, share, demonstrationsOnly);
  }

  /** Training segments come from demonstrations alone. */
  public SequenceOptions onlyDemonstrations() {
    return new SequenceOptions(
        segmentation, mix, mappedBytes, returnDiscount, demonstrations, true);
  }
}
