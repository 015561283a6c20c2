package org.jowa.data.tokens;

import java.util.List;
import org.jowa.data.cache.MappedFiles;
import org.jowa.data.cache.ShardCache;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.EpisodeTable;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Shard;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;

/**
 * The tokens of a data set's frames by one tokenizer, in {@code tokens/{tokenizer hash}/} of the
 * data set:
 *
 * <pre>
 * manifest.json                          written last
 * lane-0000/Pong-1-00000.arrow           the rows of frames/lane-0000/Pong-1-00000.arrow
 * </pre>
 *
 * <p>A token shard is an uncompressed Arrow IPC file with the columns tokens (36 x uint16), action,
 * reward, terminal and episode, the last four as in the frame shard, so that training needs no
 * frames.
 */
public final class TokenSet {
  private final Storage storage;
  private final TokenManifest manifest;
  private final ShardCache cache;

  private TokenSet(Storage storage, TokenManifest manifest, ShardCache cache) {
    this.storage = storage;
    this.manifest = manifest;
    this.cache = cache;
  }

  /**
   * @throws InvalidInputException when the data set has no tokens of that tokenizer, or they belong
   *     to other frames
   */
  public static TokenSet open(Dataset dataset, String tokenizerHash) {
    Storage storage = storage(dataset, tokenizerHash);
    if (!storage.exists(Manifest.FILE_NAME)) {
      List<String> others = tokenizers(dataset);
      throw new InvalidInputException(
          "The data set %s has no tokens of tokenizer %s (%s): run tokenize with this tokenizer."
              .formatted(
                  dataset.storage(),
                  tokenizerHash,
                  others.isEmpty() ? "and none of another" : "only of " + others));
    }
    String where = storage.describe(Manifest.FILE_NAME);
    TokenManifest manifest =
        Json.read(storage.read(Manifest.FILE_NAME), TokenManifest.class, where);
    require(manifest.version() == TokenManifest.VERSION, where, "another version");
    require(
        manifest.tokenizerHash().equals(tokenizerHash),
        where,
        "tokens of tokenizer " + manifest.tokenizerHash() + " instead of " + tokenizerHash);
    require(
        manifest.datasetHash().equals(dataset.contentHash()), where, "tokens of another data set");
    List<Shard> frames = dataset.manifest().shards();
    boolean fits = manifest.shards().size() == frames.size();
    for (int i = 0; fits && i < frames.size(); i++) {
      Shard shard = manifest.shards().get(i);
      fits = shard.path().equals(path(frames.get(i))) && shard.rows() == frames.get(i).rows();
    }
    require(fits, where, "shards that don't fit those of the frames");
    return new TokenSet(storage, manifest, ShardCache.standard());
  }

  /** Tokenizer hashes of a data set's complete token sets, sorted. */
  public static List<String> tokenizers(Dataset dataset) {
    return dataset.storage().folder("tokens").list().stream()
        .filter(name -> exists(dataset, name))
        .toList();
  }

  /** Whether the data set has all tokens of a tokenizer. */
  public static boolean exists(Dataset dataset, String tokenizerHash) {
    return storage(dataset, tokenizerHash).exists(Manifest.FILE_NAME);
  }

  public TokenManifest manifest() {
    return manifest;
  }

  /** The same tokens; shards that don't lie on a local disk are copied to this cache. */
  public TokenSet cachedIn(ShardCache other) {
    return new TokenSet(storage, manifest, other);
  }

  /**
   * Opens the tokens of a frame shard. The first time in this process its size and SHA-256 are
   * compared with the manifest. A shard on a local disk is mapped where it lies, any other is
   * copied to the cache first.
   *
   * @param shard index into the data set's shards
   * @param files that the reader's file is one of
   * @throws InvalidInputException when the file is missing or altered
   */
  public TokenShardReader open(int shard, MappedFiles files) {
    Shard opened = manifest.shards().get(shard);
    return TokenShardReader.open(
        storage,
        opened,
        cache.open(storage, opened.path(), opened.bytes(), opened.sha256()),
        files);
  }

  /**
   * Reads all tokens of a shard, wherever it lies, and checks hash, rows, range and where episodes
   * end.
   *
   * @param shard index into the data set's shards
   * @param episodes of the data set
   * @throws InvalidInputException names the shard
   */
  public void verify(int shard, EpisodeTable episodes) {
    TokenVerifier.verify(storage, manifest, shard, episodes);
  }

  public static Storage storage(Dataset dataset, String tokenizerHash) {
    return dataset.storage().folder("tokens/" + tokenizerHash);
  }

  /** Where the tokens of a frame shard are, below the token set's folder. */
  public static String path(Shard frames) {
    return frames.path().substring("frames/".length());
  }

  private static void require(boolean condition, String where, String found) {
    if (!condition) {
      throw new InvalidInputException(
          "Unfit token manifest %s: it has %s. Run tokenize again.".formatted(where, found));
    }
  }
}
