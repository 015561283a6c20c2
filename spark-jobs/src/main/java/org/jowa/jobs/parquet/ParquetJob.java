package org.jowa.jobs.parquet;

import java.net.URI;
import java.util.List;
import java.util.stream.IntStream;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.DatasetCopy;
import org.jowa.data.dataset.FrameShardReader;
import org.jowa.data.dataset.FrameShardWriter;
import org.jowa.data.dataset.GameCheck;
import org.jowa.data.dataset.Shard;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;

/**
 * A data set as Parquet and back, a task a shard:
 *
 * <pre>
 * frames/lane-0000/Pong-1-00000.parquet   the rows of the shard of that name, in its order
 * _jowa/                                  manifest, episodes, card and hashes, to restore it
 * </pre>
 */
public final class ParquetJob {
  private static final String KEPT = "_jowa";

  private ParquetJob() {}

  /**
   * Writes the frames of a data set as Parquet, and tells how many.
   *
   * @throws InvalidInputException when there is an export in the folder already
   */
  public static Job<Long> export(String data, String out) {
    return jobs -> {
      Dataset dataset = Dataset.open(data, SparkJobs.hadoop());
      Storage target = Storage.at(out, SparkJobs.hadoop());
      if (target.exists(KEPT)) {
        throw new InvalidInputException(
            "There is an exported data set in %s already: delete it or choose another --out."
                .formatted(target));
      }
      jobs.each(
          "export",
          "frames",
          dataset.manifest().rows(),
          shards(dataset.manifest().shards()),
          (shard, progress) -> {
            Dataset source = Dataset.open(data, SparkJobs.hadoop());
            Shard read = source.manifest().shards().get(shard);
            try (FrameShardReader reader = source.openFrames(read)) {
              StepRows.write(
                  reader, file(Storage.at(out, SparkJobs.hadoop()), read), SparkJobs.hadoop());
            }
            progress.advance(read.rows());
            return read.rows();
          });
      DatasetCopy.keepSmallFiles(dataset, hashes(jobs, data, dataset), target.folder(KEPT));
      return dataset.manifest().rows();
    };
  }

  private static List<GameCheck> hashes(SparkJobs jobs, String data, Dataset dataset) {
    return jobs.each(
        "hash frames",
        "frames",
        dataset.manifest().rows(),
        dataset.games(),
        (game, progress) -> {
          GameCheck check = Dataset.open(data, SparkJobs.hadoop()).verify(game);
          progress.advance(check.rows());
          return check;
        });
  }

  /**
   * Makes the data set again: equal bytes, unless another version of the compressor writes them.
   *
   * @throws InvalidInputException when a file is missing or was changed
   */
  public static Job<Dataset> restore(String source, String out) {
    return jobs -> {
      DatasetCopy copy = copy(source, out);
      List<Shard> shards =
          jobs.each(
              "import",
              "frames",
              copy.manifest().rows(),
              shards(copy.manifest().shards()),
              (shard, progress) -> {
                DatasetCopy part = copy(source, out);
                Shard stated = part.manifest().shards().get(shard);
                URI file = file(Storage.at(source, SparkJobs.hadoop()), stated);
                try (FrameShardWriter writer = FrameShardWriter.again(part.out(), stated)) {
                  StepRows.read(file, stated, writer, SparkJobs.hadoop());
                  progress.advance(stated.rows());
                  return writer.finish();
                }
              });
      return copy.commit(shards);
    };
  }

  private static DatasetCopy copy(String source, String out) {
    Storage kept = Storage.at(source, SparkJobs.hadoop()).folder(KEPT);
    return DatasetCopy.of(kept, out, SparkJobs.hadoop());
  }

  private static List<Integer> shards(List<Shard> all) {
    return IntStream.range(0, all.size()).boxed().toList();
  }

  private static URI file(Storage folder, Shard shard) {
    return URI.create(folder.uri() + "/" + shard.path().replaceFirst("\\.arrow$", ".parquet"));
  }
}
