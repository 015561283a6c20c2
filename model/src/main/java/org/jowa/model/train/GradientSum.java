package org.jowa.model.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.CollectiveException;
import org.jowa.model.collective.Pending;
import org.jowa.model.torch.Range;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;

/**
 * Sums the flat gradients of what learns over all ranks, in buckets of equal size counted from the
 * end: the backward pass completes the last layers first. With overlap a bucket travels as soon as
 * all of it is complete, while others are computed; without, all travel at the end. The buckets are
 * the same either way, and so are the bits. Gradients on a GPU travel as copies in host memory
 * unless the collective takes them where they are.
 */
final class GradientSum implements AutoCloseable {
  private final Collective collective;
  private final Tensor gradients;
  private final long size;
  private final boolean overlap;
  private final List<Tensor> buckets = new ArrayList<>();
  private final List<Range> ranges = new ArrayList<>();
  private Range learning = new Range(0, 0);
  private long[] missing = {};
  private boolean[] started = {};
  private final List<Travelling> pending = new ArrayList<>();

  /**
   * A bucket under way.
   *
   * @param memory that travels, the bucket itself or a copy
   */
  private record Travelling(Tensor bucket, Tensor memory, Pending operation) {
    /** Waits for the sum and puts it into the bucket. */
    void finish() {
      try {
        operation.finish();
        if (memory != bucket) {
          bucket.copy_(memory);
        }
      } finally {
        if (memory != bucket) {
          Tensors.release(memory);
        }
      }
    }
  }

  /**
   * @param gradients flat, fp32
   * @param size of a bucket, in elements
   * @param overlap whether buckets may travel before the backward pass is over
   */
  GradientSum(Collective collective, Tensor gradients, long size, boolean overlap) {
    this.collective = collective;
    this.gradients = gradients;
    this.size = size;
    this.overlap = overlap;
  }

  /**
   * Begins a step.
   *
   * @param learns where the gradients lie that this step makes, the same on all ranks; all others
   *     stay at home
   * @return to be told which gradients are complete, each once and in the same order on all ranks
   */
  Consumer<Range> begin(Range learns) {
    if (!learns.equals(learning)) {
      split(learns);
    }
    Arrays.fill(started, false);
    Arrays.setAll(missing, bucket -> ranges.get(bucket).length());
    return overlap && collective.worldSize() > 1 ? this::complete : range -> {};
  }

  /** Makes the buckets, which stay the same as long as the same parameters learn. */
  private void split(Range learns) {
    release();
    try (StepScope scope = StepScope.inference()) {
      for (long end = learns.end(); end > learns.offset(); end -= size) {
        long start = Math.max(learns.offset(), end - size);
        ranges.add(new Range(start, end - start));
        buckets.add(Tensors.keep(gradients.narrow(0, start, end - start)));
      }
    }
    learning = learns;
    missing = new long[buckets.size()];
    started = new boolean[buckets.size()];
  }

  private void release() {
    buckets.forEach(Tensors::release);
    buckets.clear();
    ranges.clear();
  }

  private void complete(Range range) {
    for (int bucket = 0; bucket < missing.length; bucket++) {
      Range own = ranges.get(bucket);
      long common = Math.min(own.end(), range.end()) - Math.max(own.offset(), range.offset());
      if (common > 0) {
        missing[bucket] -= common;
        if (missing[bucket] == 0) {
          start(bucket);
        }
      }
    }
  }

  private void start(int bucket) {
    started[bucket] = true;
    Tensor own = buckets.get(bucket);
    Tensor memory = own.is_cpu() || collective.takesDeviceMemory() ? own : hostCopy(own);
    pending.add(new Travelling(own, memory, collective.startAllReduceSum(memory)));
  }

  private static Tensor hostCopy(Tensor tensor) {
    try (StepScope scope = StepScope.inference()) {
      return Tensors.keep(Tensors.onHost(tensor));
    }
  }

  /** Sums what isn't under way yet and waits for all of it. */
  void finish() {
    for (int bucket = 0; bucket < started.length; bucket++) {
      if (!started[bucket]) {
        start(bucket);
      }
    }
    for (Travelling each : pending) {
      each.finish();
    }
    pending.clear();
  }

  /** Buckets that travel at this moment, or have arrived without anybody having asked. */
  int underWay() {
    return pending.size();
  }

  /** Waits for what is under way, whose memory is in use until then; it may have failed. */
  @Override
  public void close() {
    for (Travelling each : pending) {
      try {
        each.finish();
      } catch (CollectiveException e) {
        // Whoever closes this early knows that the group is broken.
        continue;
      }
    }
    release();
  }
}
