package org.jowa.data.dataset;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.error.InvalidInputException;

/**
 * A data set that is made again from another form of it: the small files are kept as they were, the
 * shards are written again from their rows, and the manifest makes it a data set at the end.
 */
public final class DatasetCopy {
  private static final String HASHES = "frames.json";

  private final Storage kept;
  private final Storage out;
  private final Manifest manifest;

  private DatasetCopy(Storage kept, Storage out, Manifest manifest) {
    this.kept = kept;
    this.out = out;
    this.manifest = manifest;
  }

  /** What {@link #HASHES} holds. */
  private record Hashes(List<GameCheck> games) {}

  /**
   * Keeps a data set's small files in a folder, and the hashes of its frames, by which they are
   * known whatever bytes a compressor makes of them.
   *
   * @param checks one a game
   */
  public static void keepSmallFiles(Dataset dataset, List<GameCheck> checks, Storage folder) {
    for (String name : smallFiles(dataset.manifest())) {
      if (dataset.storage().exists(name)) {
        WholeFiles.write(folder, name, dataset.storage().read(name));
      }
    }
    WholeFiles.write(folder, HASHES, Json.bytes(new Hashes(checks)));
    WholeFiles.write(folder, Manifest.FILE_NAME, dataset.storage().read(Manifest.FILE_NAME));
  }

  private static List<String> smallFiles(Manifest manifest) {
    return List.of(manifest.episodesFile().path(), DatasetCard.FILE_NAME);
  }

  /**
   * @param kept folder that {@link #keepSmallFiles} filled
   * @param out folder of the new data set
   * @throws InvalidInputException when there is nothing kept, or {@code out} has a data set
   */
  public static DatasetCopy of(Storage kept, String out, Configuration configuration) {
    if (!kept.exists(Manifest.FILE_NAME)) {
      throw new InvalidInputException(
          "There is no exported data set in %s (no %s).".formatted(kept, Manifest.FILE_NAME));
    }
    Storage folder = Storage.at(out, configuration);
    if (folder.exists(Manifest.FILE_NAME)) {
      throw new InvalidInputException(
          "There is a data set in %s already: delete it or choose another --out."
              .formatted(folder));
    }
    return new DatasetCopy(kept, folder, Dataset.open(kept, Manifest.FILE_NAME).manifest());
  }

  public Manifest manifest() {
    return manifest;
  }

  /** Where shards are written. */
  public Storage out() {
    return out;
  }

  /**
   * Completes the data set.
   *
   * @param shards as they were written, in the manifest's order
   * @throws InvalidInputException when the rows aren't those of the manifest
   */
  public Dataset commit(List<Shard> shards) {
    for (String name : smallFiles(manifest)) {
      if (kept.exists(name)) {
        WholeFiles.write(out, name, kept.read(name));
      }
    }
    byte[] complete = kept.read(Manifest.FILE_NAME);
    // Another version of the compressor makes other bytes of equal rows.
    if (!shards.equals(manifest.shards())) {
      complete = Json.bytes(manifest.withShards(shards));
      String draft = "_import/" + Manifest.FILE_NAME;
      WholeFiles.write(out, draft, complete);
      requireSameRows(Dataset.open(out, draft));
      out.delete("_import");
    }
    WholeFiles.write(out, Manifest.FILE_NAME, complete);
    return Dataset.open(out, Manifest.FILE_NAME);
  }

  private void requireSameRows(Dataset written) {
    List<GameCheck> found = written.verify();
    // An export of a version that kept no hashes has them in its manifest, which verify compared.
    if (kept.exists(HASHES)) {
      String where = kept.describe(HASHES);
      List<GameCheck> stated = Json.read(kept.read(HASHES), Hashes.class, where).games();
      for (GameCheck game : found) {
        if (!stated.contains(game)) {
          throw new InvalidInputException(
              "The Parquet files of %s don't hold the frames that were exported (%s): export again."
                  .formatted(game.game(), where));
        }
      }
    }
  }
}
