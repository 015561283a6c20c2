package org.jowa.jobs.tokenize;

import static org.jowa.env.game.Observation.SIDE;

import java.nio.ByteBuffer;
import java.util.List;
import org.apache.spark.TaskContext;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.Shard;
import org.jowa.data.storage.FolderLock;
import org.jowa.data.tokens.TokenShardTask;
import org.jowa.data.tokens.Tokenization;
import org.jowa.env.game.Games;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.spark.AssignedDevice;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SharedByTasks;
import org.jowa.jobs.spark.SharedOnDevices;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the frames of a data set into tokens.
 *
 * @param data URI of the data set
 * @param tokenizerRun URI of the run folder with the tokenizer
 */
public record TokenizeJob(String data, String tokenizerRun) implements Job<TrainedTokenizer> {
  private static final Logger LOG = LoggerFactory.getLogger(TokenizeJob.class);

  /**
   * Frames at once, always as many: a pass of another size may round another way. The tokenizer
   * cuts them into passes whose memory is bounded.
   */
  private static final int BATCH = 64;

  /** All tasks of an executor on a device compute with the same weights. */
  private static final SharedOnDevices<FrameTokenizer> LOADED = new SharedOnDevices<>();

  /**
   * Tokenizes the shards that have no tokens of this tokenizer yet.
   *
   * @return the tokenizer, of which there are all tokens now
   */
  @Override
  public TrainedTokenizer run(SparkJobs jobs) {
    TrainedTokenizer tokenizer =
        TrainedTokenizer.of(RunFolder.at(tokenizerRun, SparkJobs.hadoop()).tokenizer());
    Tokenization tokenization = tokenization(data, tokenizer);
    try (FolderLock lock = tokenization.lock()) {
      List<Shard> pending = tokenization.pending();
      if (!pending.isEmpty()) {
        tokenize(jobs, data, tokenizer, pending);
      }
      lock.requireHeld();
      tokenization.commit();
    } finally {
      // Where tasks run in this process, which may have other work to do.
      LOADED.retire();
    }
    LOG.info("{} has all tokens of tokenizer {}", data, tokenizer.hash());
    return tokenizer;
  }

  private static void tokenize(
      SparkJobs jobs, String data, TrainedTokenizer tokenizer, List<Shard> pending) {
    long frames = pending.stream().mapToLong(Shard::rows).sum();
    int threads = jobs.threadsPerTask();
    jobs.each(
        "tokenize",
        "frames",
        frames,
        pending,
        (shard, progress) -> {
          TorchRuntime.init();
          TorchRuntime.setThreads(threads);
          return tokenize(data, tokenizer, shard, progress);
        });
  }

  private static int tokenize(
      String data, TrainedTokenizer trained, Shard shard, TaskProgress progress) {
    Device device = AssignedDevice.of(TaskContext.get());
    try (SharedByTasks<FrameTokenizer>.Lease tokenizer =
            LOADED.lease(device, trained.hash(), () -> trained.load(device, SparkJobs.hadoop()));
        TokenShardTask task = tokenization(data, trained).task(shard)) {
      FrameTokenizer ofGame = tokenizer.value().forGame(Games.byName(shard.game()).id());
      while (task.next()) {
        task.write(tokens(ofGame, task.frames()));
        progress.advance(task.rows());
      }
      return task.commit().rows();
    }
  }

  private static long[] tokens(FrameTokenizer tokenizer, ByteBuffer frames) {
    try (StepScope scope = StepScope.inference()) {
      Tensor batch = Tensors.of(ScalarType.Byte, frames, BATCH, SIDE, SIDE);
      return Tensors.longs(tokenizer.tokens(batch));
    }
  }

  private static Tokenization tokenization(String data, TrainedTokenizer tokenizer) {
    return Tokenization.of(
        Dataset.open(data, SparkJobs.hadoop()), tokenizer.hash(), tokenizer.codebookSize(), BATCH);
  }
}
