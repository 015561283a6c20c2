package org.jowa.jobs.bench;

import com.github.luben.zstd.Zstd;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.storage.Sha256;
import org.jowa.env.game.Observation;
import org.jowa.error.InvalidInputException;

/**
 * An ingest beside what nobody can do without: inflating the observations, compressing the frames
 * and hashing the compressed bytes, by as many threads.
 *
 * @param logs local folder of replay logs
 * @param runs of each part and of the ingest that count
 */
public record IngestBench(Path logs, int threads, int runs) {
  private static final int BATCH_BYTES = 128 * Observation.BYTES;
  private static final int LEVEL = 3;
  private static final int NPY_HEADER = 128;
  private static final int BUFFER = 1 << 16;

  /** What is done with the observations of a file. */
  private enum Work {
    INFLATE,
    INFLATE_COMPRESS,
    INFLATE_COMPRESS_HASH
  }

  /** Measures and prints a JSON object a line: the parts, all of them, and the ingest. */
  public void run(PrintStream out) {
    lines().forEach(line -> out.println(line.json()));
  }

  private List<BenchLine> lines() {
    List<Path> files = observations();
    List<Timing> parts = new ArrayList<>();
    AtomicLong bytes = new AtomicLong();
    CpuTime floorCpu = new CpuTime();
    for (Work work : Work.values()) {
      CpuTime cpu = work == Work.INFLATE_COMPRESS_HASH ? floorCpu : new CpuTime();
      parts.add(
          Timing.of(
              runs,
              cpu.of(
                  () -> {
                    bytes.set(0);
                    onAllThreads(files, file -> bytes.addAndGet(read(file, work)));
                  })));
    }
    AtomicLong steps = new AtomicLong();
    CpuTime ingestCpu = new CpuTime();
    List<Path> made = new ArrayList<>();
    Timing ingest;
    try {
      // Deleting takes as long as making, and is no part of an ingest.
      ingest = Timing.of(runs, ingestCpu.of(() -> steps.set(ingest(newFolder(made)).steps())));
    } finally {
      made.forEach(IngestBench::delete);
    }
    double frames = (double) bytes.get() / Observation.BYTES;
    double floor = parts.get(2).medianMillis();
    String what = String.format(Locale.ROOT, "%d files, %.0f frames", files.size(), frames);
    return List.of(
        part("inflate", what, parts.get(0), 0, frames),
        part("compress, zstd " + LEVEL, what, parts.get(1), parts.get(0).medianMillis(), frames),
        part("hash", what, parts.get(2), parts.get(1).medianMillis(), frames),
        line("inflate, compress and hash", what, parts.get(2), frames)
            .rate("frames_per_cpu_s", floorCpu.perSecond(frames)),
        line(
                String.format(Locale.ROOT, "ingest, %d steps taken", steps.get()),
                what,
                ingest,
                frames)
            .rate("frames_per_cpu_s", ingestCpu.perSecond(frames))
            .rate("times_floor", ingest.medianMillis() / floor)
            .rate("times_floor_cpu", ingestCpu.medianMillis() / floorCpu.medianMillis()));
  }

  /** What a further part costs: the time with it less the time without. */
  private BenchLine part(
      String name, String what, Timing with, double withoutMillis, double frames) {
    Timing difference =
        new Timing(
            with.medianMillis() - withoutMillis, with.minMillis() - withoutMillis, with.runs());
    return line(name, what, difference, frames);
  }

  private BenchLine line(String name, String what, Timing timing, double frames) {
    double perSecond = frames / (timing.medianMillis() * 1e-3);
    return BenchLine.of("ingest", name + ": " + what, threads, timing)
        .rate("frames_per_s", perSecond)
        .rate("mb_per_s", perSecond * Observation.BYTES * 1e-6);
  }

  private List<Path> observations() {
    try (Stream<Path> walk = Files.walk(logs)) {
      List<Path> files =
          walk.filter(file -> file.getFileName().toString().startsWith("$store$_observation_"))
              // The largest first, so that the threads end together.
              .sorted(Comparator.comparingLong((Path file) -> -file.toFile().length()))
              .toList();
      if (files.isEmpty()) {
        throw new InvalidInputException(
            "No replay logs in %s: make some with bin/jowa record.".formatted(logs));
      }
      return files;
    } catch (IOException e) {
      throw new InvalidInputException("Can't list %s: %s.".formatted(logs, e.getMessage()), e);
    }
  }

  private Manifest ingest(Path out) {
    IngestOptions options = IngestOptions.everything(logs.toString(), 0, 0);
    return Ingest.of(out.toString(), options, new Configuration()).run(threads);
  }

  private static Path newFolder(List<Path> made) {
    try {
      Path folder = Files.createTempDirectory("jowa-bench-ingest");
      made.add(folder);
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> walk = Files.walk(folder)) {
      for (Path file : walk.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long read(Path file, Work work) {
    byte[] frames = new byte[BATCH_BYTES];
    ByteBuffer raw = ByteBuffer.allocateDirect(BATCH_BYTES);
    ByteBuffer packed = ByteBuffer.allocateDirect((int) Zstd.compressBound(BATCH_BYTES));
    byte[] hashed = new byte[packed.capacity()];
    MessageDigest digest = Sha256.digest();
    long bytes = 0;
    try (InputStream in =
        new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER), BUFFER)) {
      in.skipNBytes(NPY_HEADER);
      int count;
      while ((count = in.readNBytes(frames, 0, frames.length)) > 0) {
        bytes += count;
        if (work == Work.INFLATE) {
          continue;
        }
        raw.clear().put(frames, 0, count).flip();
        int size =
            (int) Zstd.compressDirectByteBuffer(packed, 0, packed.capacity(), raw, 0, count, LEVEL);
        if (work == Work.INFLATE_COMPRESS_HASH) {
          packed.get(0, hashed, 0, size);
          digest.update(hashed, 0, size);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    digest.digest();
    return bytes;
  }

  private interface OnFile {
    void accept(Path file);
  }

  private void onAllThreads(List<Path> files, OnFile work) {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> tasks = new ArrayList<>();
      files.forEach(file -> tasks.add(executor.submit(() -> work.accept(file))));
      for (Future<?> task : tasks) {
        task.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } finally {
      executor.shutdownNow();
    }
  }
}
