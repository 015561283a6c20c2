package org.jowa.data.tokens;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.StepColumns;
import org.jowa.data.storage.FolderLock;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;
import org.jspecify.annotations.Nullable;

/**
 * Makes a token set: a task a frame shard, in any order and anywhere, then {@link #commit} on the
 * driver. Shards that are done stay done, so an interrupted tokenization goes on where it stopped.
 */
public final class Tokenization {
  private static final String WORK_FOLDER = "_tokenize";

  private static final String LOCK = "_tokenize.lock";

  private final Dataset dataset;
  private final Storage storage;
  private final String tokenizerHash;
  private final int codebookSize;
  private final int batchSize;

  private Tokenization(Dataset dataset, String tokenizerHash, int codebookSize, int batchSize) {
    this.dataset = dataset;
    this.storage = TokenSet.storage(dataset, tokenizerHash);
    this.tokenizerHash = tokenizerHash;
    this.codebookSize = codebookSize;
    this.batchSize = batchSize;
  }

  /**
   * @param tokenizerHash of the tokenizer's weights; it names the folder
   * @param batchSize frames in every forward pass; the last one of a shard is filled with black
   *     frames, so that equal shards give equal bytes
   */
  public static Tokenization of(
      Dataset dataset, String tokenizerHash, int codebookSize, int batchSize) {
    if (!tokenizerHash.matches("[A-Za-z0-9_-]+")) {
      throw new IllegalArgumentException("tokenizer hash '" + tokenizerHash + "'");
    }
    if (codebookSize < 1 || codebookSize > 1 << 16) {
      throw new UsageException(
          "codebook-size is " + codebookSize + ": tokens are stored in 16 bits, at most 65536.");
    }
    return new Tokenization(dataset, tokenizerHash, codebookSize, batchSize);
  }

  /**
   * Keeps other tokenizations out of the token set's folder until it is closed; take it before
   * writing.
   *
   * @throws InvalidInputException when another one writes there
   */
  public FolderLock lock() {
    return FolderLock.acquire(storage, LOCK, "tokenize");
  }

  /** Frame shards whose tokens are missing, in the data set's order. */
  public List<Shard> pending() {
    if (TokenSet.exists(dataset, tokenizerHash)) {
      return List.of();
    }
    return dataset.manifest().shards().stream().filter(shard -> done(shard) == null).toList();
  }

  /**
   * The work on one frame shard.
   *
   * @throws InvalidInputException when the frame shard is missing or altered
   */
  public TokenShardTask task(Shard frames) {
    return new TokenShardTask(dataset, frames, storage, doneName(frames), codebookSize, batchSize);
  }

  /**
   * Completes the token set; nothing happens when it is complete.
   *
   * @throws IllegalStateException when shards are pending
   */
  public TokenSet commit() {
    if (!TokenSet.exists(dataset, tokenizerHash)) {
      List<Shard> shards = new ArrayList<>();
      for (Shard frames : dataset.manifest().shards()) {
        Shard shard = done(frames);
        if (shard == null) {
          throw new IllegalStateException("The tokens of " + frames.path() + " are missing");
        }
        shards.add(shard);
      }
      TokenManifest manifest =
          new TokenManifest(
              TokenManifest.VERSION,
              tokenizerHash,
              codebookSize,
              StepColumns.TOKENS_PER_FRAME,
              batchSize,
              dataset.contentHash(),
              shards);
      deleteAllBut(shards);
      WholeFiles.write(storage, Manifest.FILE_NAME, Json.bytes(manifest));
      storage.delete(WORK_FOLDER);
    }
    return TokenSet.open(dataset, tokenizerHash);
  }

  /** Removes what killed tasks left in the folders of shards. */
  private void deleteAllBut(List<Shard> shards) {
    Set<String> kept = new HashSet<>();
    Set<String> folders = new HashSet<>();
    for (Shard shard : shards) {
      kept.add(shard.path());
      folders.add(shard.path().substring(0, shard.path().lastIndexOf('/')));
    }
    for (String folder : folders) {
      for (String name : storage.folder(folder).list()) {
        if (!kept.contains(folder + "/" + name)) {
          storage.delete(folder + "/" + name);
        }
      }
    }
  }

  private @Nullable Shard done(Shard frames) {
    String name = doneName(frames);
    if (!storage.exists(name)) {
      return null;
    }
    Shard shard = Json.read(storage.read(name), Shard.class, storage.describe(name));
    boolean there =
        storage.length(shard.path()).filter(bytes -> bytes == shard.bytes()).isPresent();
    return there ? shard : null;
  }

  /** Another batch size or other frames are other work. */
  private String doneName(Shard frames) {
    return String.format(
        Locale.ROOT,
        "%s/%s-%s-%d-%d.json",
        WORK_FOLDER,
        TokenSet.path(frames).replace('/', '-'),
        frames.sha256().substring(0, 16),
        codebookSize,
        batchSize);
  }
}
