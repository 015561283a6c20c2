package org.jowa.model.collective;

import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * How a ring waits and what it says meanwhile.
 *
 * @param timeout how long an operation waits without anything moving before the group fails; a
 *     process that gives no sign of life fails the group earlier, after half of it (at least 2 s,
 *     at most 30 s), even in a barrier that waits longer
 * @param stallReport how long an operation waits before it reports the ranks that are missing for
 *     the first time; later reports come after twice the time of the one before
 * @param connectTimeout how long ranks have to find each other
 * @param chunkBytes sent and added up at a time, a multiple of 8
 * @param warnings gets one line for each stall report and each refused stranger, on threads of the
 *     ring and of the ranks
 */
public record RingOptions(
    Duration timeout,
    Duration stallReport,
    Duration connectTimeout,
    int chunkBytes,
    Consumer<String> warnings) {

  /** Fits a core's second-level cache beside the tensor's part that it is added to. */
  public static final int DEFAULT_CHUNK_BYTES = 256 << 10;

  private static final Duration SHORTEST_INTERVAL = Duration.ofMillis(20);
  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(1);
  private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(2);
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(30);
  private static final int SMALLEST_CHUNK = 64;
  private static final int LARGEST_CHUNK = 16 << 20;

  public RingOptions {
    requirePositive("Time-out of operations", timeout);
    requirePositive("Time to the first stall report", stallReport);
    requirePositive("Time-out of connecting", connectTimeout);
    if (chunkBytes < SMALLEST_CHUNK || chunkBytes > LARGEST_CHUNK || chunkBytes % 8 != 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Chunk has to be a multiple of 8 from %d to %d bytes, found %d",
              SMALLEST_CHUNK,
              LARGEST_CHUNK,
              chunkBytes));
    }
  }

  /** Options with the default chunk, a first stall report after 30 s and 60 s to connect. */
  public static RingOptions of(Duration timeout, Consumer<String> warnings) {
    return new RingOptions(
        timeout, Duration.ofSeconds(30), Duration.ofSeconds(60), DEFAULT_CHUNK_BYTES, warnings);
  }

  /** Time between two signs of life. */
  Duration interval() {
    Duration shorter = timeout.compareTo(stallReport) < 0 ? timeout : stallReport;
    return clamp(shorter.dividedBy(5), SHORTEST_INTERVAL, LONGEST_INTERVAL);
  }

  /** A process that says nothing for so long is taken for dead. */
  Duration silence() {
    return clamp(timeout.dividedBy(2), SHORTEST_SILENCE, LONGEST_SILENCE);
  }

  private static Duration clamp(Duration value, Duration low, Duration high) {
    return value.compareTo(low) < 0 ? low : value.compareTo(high) > 0 ? high : value;
  }

  private static void requirePositive(String what, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(what + " must be positive, found " + value);
    }
  }
}
