package org.jowa.model.collective;

import java.time.Duration;
import org.bytedeco.pytorch.Tensor;

/**
 * One rank's end of a group of ranks that work on the same step.
 *
 * <p>Every rank calls the same operations in the same order with the same sizes, each from its own
 * thread:
 *
 * <pre>{@code
 * try {
 *   collective.allReduceSum(counts);      // every rank, even one whose part of the batch is empty
 *   collective.allReduceSum(gradients);   // every rank
 *   if (collective.rank() == 0) {
 *     save();                             // work of one rank stands between operations,
 *   }
 *   collective.barrier(Duration.ofMinutes(30)); // and the others wait with a time-out that allows it
 * } catch (Throwable e) {
 *   collective.abort(e);                  // the others learn who failed, and why, at once
 *   throw e;
 * } finally {
 *   collective.close();                   // after abort: try-with-resources would leave before it
 * }
 * }</pre>
 *
 * <p>Misuse, each of which ends in an error on all ranks and never in a hang:
 *
 * <pre>{@code
 * if (collective.rank() == 0) {
 *   collective.barrier();                 // WRONG: the others never come; the time-out names them
 * }
 *
 * if (batch.size() > 0) {
 *   collective.allReduceSum(gradients);   // WRONG: a rank with an empty batch skips the operation
 * }
 *
 * for (Collective c : InProcessCollectives.create(2, timeout)) {
 *   c.barrier();                          // WRONG: one thread for two ranks waits for itself
 * }
 * }</pre>
 *
 * <p>Sums are taken in a fixed order, that of a ring, so that equal inputs give equal bits on every
 * rank, in every run and in every implementation: elements are cut into {@code worldSize()} slices
 * of nearly equal length, and slice {@code s} is added up from rank {@code s} on, then {@code s +
 * 1}, round to {@code s - 1}. NaN and infinities are carried through.
 *
 * <p>Operations of a rank run one after the other in the order of the calls. Those that are started
 * run on a thread of the collective's own, so that gradients travel while others are computed:
 *
 * <pre>{@code
 * List<Pending> pending = new ArrayList<>();
 * for (Tensor bucket : buckets) {         // in the same order on every rank
 *   computeGradients(bucket);
 *   pending.add(collective.startAllReduceSum(bucket));
 * }
 * pending.forEach(Pending::finish);       // only now may anyone read or free the buckets
 * }</pre>
 *
 * <p>After the first error the group is broken: every later operation of every rank throws the
 * {@link CollectiveException} that names the rank that failed first.
 */
public interface Collective extends AutoCloseable {
  /** This rank, from 0 to {@code worldSize() - 1}. */
  int rank();

  /** How many ranks the group has, at least 1. */
  int worldSize();

  /** Whether tensors may lie on a GPU; else they have to be in host memory. */
  default boolean takesDeviceMemory() {
    return false;
  }

  /**
   * Replaces {@code tensor} by the sum over all ranks, in place.
   *
   * @param tensor contiguous, float32 or float64, the same type and number of elements on every
   *     rank; may be empty; its memory is read by other ranks until this call returns
   * @throws IllegalArgumentException if the tensor isn't contiguous or of another type; the group
   *     is then broken
   * @throws CollectiveException if a rank failed, left, stayed away beyond the time-out or brought
   *     another type or size
   */
  void allReduceSum(Tensor tensor);

  /**
   * Starts {@link #allReduceSum(Tensor)} and returns at once. Later operations of this rank,
   * started or not, run after it.
   *
   * @param tensor as for {@link #allReduceSum(Tensor)}; neither read, written nor freed by the
   *     caller until {@link Pending#finish()} has returned or thrown
   * @return the operation under way; its {@code finish} throws what the operation throws
   * @throws IllegalArgumentException as {@link #allReduceSum(Tensor)}
   */
  Pending startAllReduceSum(Tensor tensor);

  /**
   * Replaces {@code tensor} by the mean over all ranks, in place: the sum, divided by the number of
   * ranks.
   *
   * @param tensor as for {@link #allReduceSum(Tensor)}
   * @throws IllegalArgumentException as {@link #allReduceSum(Tensor)}
   * @throws CollectiveException as {@link #allReduceSum(Tensor)}
   */
  void allReduceMean(Tensor tensor);

  /**
   * Replaces {@code values} by the sum over all ranks, in place: counts and figures of a step.
   *
   * @param values the same length on every rank
   * @throws CollectiveException as {@link #allReduceSum(Tensor)}
   */
  void allReduceSum(double[] values);

  /**
   * Replaces {@code tensor} by that of {@code root}, in place.
   *
   * @param tensor as for {@link #allReduceSum(Tensor)}
   * @param root the rank whose values all others get; the same on every rank
   * @throws CollectiveException as {@link #allReduceSum(Tensor)}
   */
  void broadcast(Tensor tensor, int root);

  /**
   * Returns when every rank has called it, within the group's time-out.
   *
   * @throws CollectiveException as {@link #allReduceSum(Tensor)}
   */
  void barrier();

  /**
   * Returns when every rank has called it. For waits that are long by nature, such as for the rank
   * that writes a checkpoint.
   *
   * @param timeout how long to wait for the last rank, instead of the group's time-out
   * @throws CollectiveException as {@link #allReduceSum(Tensor)}
   */
  void barrier(Duration timeout);

  /**
   * Says where this rank is, for reports on ranks that stay away. Cheap enough for every step.
   *
   * @param where "step 12 of stage1", for instance
   */
  void at(String where);

  /**
   * Tells all ranks that this one failed: their running and later operations throw a {@link
   * CollectiveException} that names this rank and its cause. Only the first failure of a group
   * counts, later ones (mostly its consequences) change nothing. Never throws.
   *
   * @param cause why this rank can't go on
   */
  void abort(Throwable cause);

  /**
   * Leaves the group. Ranks that still wait for this one get an error that names it. Safe to call
   * twice.
   */
  @Override
  void close();
}
