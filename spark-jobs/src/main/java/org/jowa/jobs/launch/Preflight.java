package org.jowa.jobs.launch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeSet;
import org.jowa.error.InvalidInputException;
import org.jowa.model.collective.Collective;

/**
 * What ranks check before the first step, so that what would fail hours later, or never be noticed,
 * fails now and names the rank and host at fault. Each check sees the same on every rank. That each
 * rank reaches each other is checked by the ring itself when they join.
 */
final class Preflight {
  /** Natives and logs need room in the temporary folder. */
  private static final long LEAST_SCRATCH_MIB = 256;

  /** Tickets and tokens of stores fail beyond minutes; metrics of hosts can't be laid together. */
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(30);

  private Preflight() {}

  /**
   * Compares what the ranks are.
   *
   * @return what should be known, but stops nothing
   * @throws InvalidInputException naming the first rank that differs from rank 0 or lacks room
   */
  static List<String> check(List<RankCard> cards) {
    RankCard first = cards.get(0);
    List<String> notes = new ArrayList<>();
    for (RankCard card : cards) {
      TreeSet<String> names = new TreeSet<>(first.equal().keySet());
      names.addAll(card.equal().keySet());
      for (String name : names) {
        String own = card.equal().get(name);
        String expected = first.equal().get(name);
        if (!Objects.equals(own, expected)) {
          throw new InvalidInputException(
              "%s has %s %s, but %s has %s: give all ranks the same"
                  .formatted(card.name(), name, own, first.name(), expected));
        }
      }
      if (card.scratchMib() < LEAST_SCRATCH_MIB) {
        throw new InvalidInputException(
            String.format(
                Locale.ROOT,
                "%s has %d MiB free in its temporary folder, and needs %d: free space there, or set"
                    + " spark.local.dir and java.io.tmpdir to another disk",
                card.name(),
                card.scratchMib(),
                LEAST_SCRATCH_MIB));
      }
      if (!card.cpu().equals(first.cpu())) {
        notes.add(
            "%s has a CPU %s, %s has %s: results are equal to the bit on equal CPUs only"
                .formatted(card.name(), card.cpu(), first.name(), first.cpu()));
      }
    }
    return notes;
  }

  /**
   * Compares the ranks' clocks at one moment.
   *
   * @return a line for each rank whose clock is far from rank 0's
   */
  static List<String> clocks(Collective collective, List<RankCard> cards) {
    double[] millis = new double[collective.worldSize()];
    collective.barrier();
    millis[collective.rank()] = System.currentTimeMillis();
    collective.allReduceSum(millis);
    List<String> notes = new ArrayList<>();
    for (RankCard card : cards) {
      long ahead = (long) (millis[card.rank()] - millis[0]);
      if (Math.abs(ahead) > CLOCK_TOLERANCE.toMillis()) {
        notes.add(
            String.format(
                Locale.ROOT,
                "the clock of %s is %d s %s that of %s: set both by a time server",
                card.name(),
                Math.abs(ahead) / 1000,
                ahead > 0 ? "ahead of" : "behind",
                cards.get(0).name()));
      }
    }
    return notes;
  }
}
