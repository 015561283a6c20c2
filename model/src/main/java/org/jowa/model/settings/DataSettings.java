package org.jowa.model.settings;

import java.nio.file.Path;
import java.util.Optional;
import org.jowa.data.batch.SequenceOptions;
import org.jowa.data.cache.ShardCache;
import org.jowa.data.sample.GameMix;
import org.jowa.data.sample.Segmentation;

/**
 * How training sequences are drawn and read: the {@code data} section of the configuration.
 *
 * @param mix as {@link GameMix#parse} reads it
 * @param mixTemperature of {@link GameMix}
 * @param episodes which are drawn
 * @param segmentStride steps from one training sequence to the next; 0 for half a sequence
 * @param mappedMib MiB of token shards that a rank maps into memory at a time
 * @param cache where copies of remote shards go
 */
@Section("data")
public record DataSettings(
    @Setting(
            value = "natural, or shares as in Pong:0.9,*:0.1 (* = all other games)",
            before = "natural")
        String mix,
    @Setting(
            value = "shares go with segments^(1/this); above 1 nearer to equal",
            range = "[1e-3, 1e9]",
            before = "1")
        double mixTemperature,
    @Setting(
            value = "mixed, or expert: only those that world.demonstrations means",
            before = "mixed")
        Episodes episodes,
    @Setting(
            value = "steps from one training sequence to the next; 0 = half a sequence",
            range = "[0, 64]",
            before = "0")
        int segmentStride,
    @Setting(
            value = "token shards that a rank maps into memory at a time",
            range = "[1, 1e9]",
            before = "1024")
        int mappedMib,
    Cache cache) {
  /** Which episodes are drawn. */
  public enum Episodes {
    MIXED,
    /** Demonstrations alone. */
    EXPERT
  }

  /**
   * Copies of token shards that aren't on a local disk.
   *
   * @param directory empty for one among the temporary files
   * @param gib that they may take
   */
  @Section("data.cache")
  public record Cache(
      @Setting(
              value = "shared by all processes of a machine; null = in java.io.tmpdir",
              before = "null")
          Optional<String> directory,
      @Setting(value = "most that the copies may take", range = "[1, 1e6]", before = "64")
          int gib) {
    /** The copies that there are. */
    public ShardCache open() {
      return ShardCache.at(
          directory.map(Path::of).orElseGet(ShardCache::standardDirectory), (long) gib << 30);
    }
  }

  /** Checks the mix. */
  public DataSettings {
    mix = mix.strip();
    GameMix.parse(mix, mixTemperature);
  }

  /** How sequences for a model's training are read. */
  public SequenceOptions sequences(WorldSettings world) {
    Segmentation segmentation = Segmentation.TRAINING.ofLength(world.model().blocks());
    return SequenceOptions.STANDARD.with(
        options ->
            options
                .demonstrations(world.demonstrations())
                .demonstrationsOnly(episodes == Episodes.EXPERT)
                .segmentation(
                    segmentStride == 0 ? segmentation : segmentation.ofStride(segmentStride))
                .mix(GameMix.parse(mix, mixTemperature))
                .mappedBytes((long) mappedMib << 20));
  }
}
