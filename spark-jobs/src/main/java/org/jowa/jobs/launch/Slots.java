package org.jowa.jobs.launch;

import java.time.Duration;
import java.util.Locale;
import org.apache.spark.SparkContext;
import org.jowa.error.UsageException;
import org.jowa.model.train.StopSignal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many ranks the cluster can run at once. */
final class Slots {
  private static final Logger LOG = LoggerFactory.getLogger(Slots.class);
  private static final long POLL_MILLIS = 50;
  private static final Duration TELL_EVERY = Duration.ofSeconds(10);

  private final SparkContext spark;
  private final LaunchSettings settings;

  Slots(SparkContext spark, LaunchSettings settings) {
    this.spark = spark;
    this.settings = settings;
  }

  /** Slots of the executors that are there now. */
  int now() {
    return spark.maxNumConcurrentTasks(spark.resourceProfileManager().defaultResourceProfile());
  }

  /**
   * Waits for the slots of all ranks.
   *
   * @param stop ends the wait
   * @throws UsageException if the cluster doesn't offer them in time
   */
  void awaitAll(StopSignal stop) throws InterruptedException {
    int slots = await(stop);
    if (slots < settings.ranks() && !stop.isRequested()) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "%d ranks need %d slots at once, and --master %s has offered %d in %d s: use fewer --ranks, give the application more executors, or wait longer with --set launch.slots-wait-seconds",
              settings.ranks(),
              settings.ranks(),
              spark.master(),
              slots,
              settings.slotsWait().toSeconds()));
    }
  }

  /**
   * Waits for the slots of all ranks, then takes what is there.
   *
   * @param stop ends the wait
   * @return the largest world size that fits, 0 if not one rank does
   */
  int awaitMost(StopSignal stop) throws InterruptedException {
    return settings.fitting(await(stop));
  }

  private int await(StopSignal stop) throws InterruptedException {
    long start = System.nanoTime();
    long told = start;
    int slots = now();
    while (slots < settings.ranks()) {
      long waited = System.nanoTime() - start;
      if (waited >= settings.slotsWait().toNanos() || stop.isRequested()) {
        break;
      }
      if (System.nanoTime() - told >= TELL_EVERY.toNanos()) {
        told = System.nanoTime();
        LOG.info(
            "Waiting for executors: {} of {} ranks have a slot after {} s",
            slots,
            settings.ranks(),
            waited / 1_000_000_000);
      }
      Thread.sleep(POLL_MILLIS);
      slots = now();
    }
    return slots;
  }
}
