package org.jowa.model.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.checkpoint.CheckpointWriter;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.torch.FlatParameters.Strictness;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.train.WeightDigest;

/** Times a checkpoint of the world-action model as a training makes it, beside a plain file. */
public final class CheckpointBenchmark implements AutoCloseable {
  private static final int BLOCK = 1 << 20;

  private final RandomTrainingStep step;
  private final Path folder;
  private final CheckpointStore store;
  private final CheckpointWriter writer;
  private final Collective alone;
  private long steps;

  /**
   * Milliseconds of one checkpoint.
   *
   * @param stopped that the training thread was kept from training
   * @param written from the beginning until the checkpoint was committed on disk
   * @param plain that as many bytes took to be written to a file and synced
   * @param loaded until weights and optimizer state were read back, hashes checked
   */
  public record Times(double stopped, double written, double plain, double loaded) {}

  private CheckpointBenchmark(RandomTrainingStep step, Path folder) {
    this.step = step;
    this.folder = folder;
    this.store = CheckpointStore.open(folder.toString(), new Configuration(false));
    this.alone = InProcessCollectives.create(1, Duration.ofMinutes(1)).get(0);
    try (StepScope scope = StepScope.inference()) {
      writer = new CheckpointWriter(store, 1, tensors());
    }
  }

  /**
   * @param step of the model whose checkpoints are written; closed with this
   * @param folder local and empty
   */
  public static CheckpointBenchmark of(RandomTrainingStep step, Path folder) {
    return new CheckpointBenchmark(step, folder);
  }

  /** Bytes of a checkpoint's tensors. */
  public long bytes() {
    return writer.bytes();
  }

  /** Writes a plain file and a checkpoint, and reads the checkpoint. */
  public Times run() {
    double plain = plain();
    CheckpointState state =
        CheckpointState.of("stage2", ++steps, 0, 1, 1, Map.of(), Map.of(), Map.of(), Map.of());
    long start = System.nanoTime();
    WeightDigest.requireEqual(alone, step.parameters().weights(), state, writer.isBusy());
    try (StepScope scope = StepScope.inference()) {
      writer.start(state, tensors(), () -> {});
    }
    double stopped = millisSince(start);
    writer.await();
    double written = millisSince(start);
    start = System.nanoTime();
    load();
    return new Times(stopped, written, plain, millisSince(start));
  }

  private Checkpoint.Tensors tensors() {
    return Checkpoint.Tensors.of(step.parameters().tensors(), step.optimizer().state());
  }

  private void load() {
    Checkpoint newest = store.newest().orElseThrow();
    try (StepScope scope = StepScope.inference();
        Safetensors model = newest.model();
        Safetensors optimizer = newest.optimizer()) {
      step.parameters().copyFrom(model, Strictness.EXACT);
      step.optimizer().load(optimizer);
    }
  }

  private double plain() {
    Path file = folder.resolve("plain");
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
    long start = System.nanoTime();
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long left = bytes(); left > 0; ) {
        block.clear().limit((int) Math.min(left, BLOCK));
        left -= out.write(block);
      }
      out.force(true);
      double millis = millisSince(start);
      Files.delete(file);
      return millis;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double millisSince(long start) {
    return (System.nanoTime() - start) * 1e-6;
  }

  @Override
  public void close() {
    writer.close();
    alone.close();
    step.close();
  }
}
