package org.jowa.data.batch;

import org.jowa.data.cache.MappedFiles;
import org.jowa.data.sample.GameMix;
import org.jowa.data.sample.Segmentation;

/**
 * What a loader of sequences does beyond the usual.
 *
 * @param segmentation how episodes are cut
 * @param mix of games in training batches; held-out segments always come as they are
 * @param mappedBytes of token shards that are mapped at a time
 */
public record SequenceOptions(Segmentation segmentation, GameMix mix, long mappedBytes) {
  /** Training segments (length 8, stride 4, right padding), each equally often. */
  public static final SequenceOptions STANDARD =
      new SequenceOptions(Segmentation.TRAINING, GameMix.NATURAL, MappedFiles.DEFAULT_BYTES);

  public SequenceOptions withSegmentation(Segmentation other) {
    return new SequenceOptions(other, mix, mappedBytes);
  }

  public SequenceOptions withMix(GameMix other) {
    return new SequenceOptions(segmentation, other, mappedBytes);
  }

  public SequenceOptions withMappedBytes(long bytes) {
    return new SequenceOptions(segmentation, mix, bytes);
  }
}
