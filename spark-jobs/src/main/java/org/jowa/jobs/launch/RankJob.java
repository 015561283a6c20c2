package org.jowa.jobs.launch;

import java.io.Serializable;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Work for ranks.
 *
 * @param label what is being done, for the console
 * @param counted what rank 0 counts, in the plural
 * @param total how much it will count in all
 * @param facts what has to be equal on all ranks, asked for on each of them before they begin
 * @param saved asked on the driver: how much an attempt that starts now need not do again
 * @param listener told on the driver how it goes
 * @param work what each rank does; called anew at each attempt, when it goes on from what was saved
 */
public record RankJob<R extends Serializable>(
    String label,
    String counted,
    long total,
    Facts facts,
    LongSupplier saved,
    LaunchListener listener,
    RankWork<R> work) {

  /** What a rank finds, by name: the hash of its data for instance. */
  @FunctionalInterface
  public interface Facts extends Serializable {
    /**
     * @throws org.jowa.error.InvalidInputException if it can't be found
     */
    Map<String, String> find();
  }

  /** Work that saves nothing and depends on nothing. */
  public static <R extends Serializable> RankJob<R> of(
      String label, String counted, long total, RankWork<R> work) {
    return new RankJob<>(label, counted, total, Map::of, () -> 0, LaunchListener.NONE, work);
  }
}
