package org.jowa.jobs.launch;

import java.io.Serializable;
import org.apache.spark.BarrierTaskContext;
import org.jowa.model.collective.Collective;
import org.jowa.model.torch.Device;

/** How the ranks of one attempt find each other. Travels to every rank in its task. */
interface RankGroup extends Serializable, AutoCloseable {
  /**
   * Waits for all ranks and joins them, on the rank's own thread.
   *
   * @param host that other ranks reach this one under
   * @param facts what has to be equal on all ranks
   * @param device that this rank trains on
   * @throws org.jowa.error.InvalidInputException if the ranks don't fit together
   */
  Collective join(BarrierTaskContext context, String host, RankJob.Facts facts, Device device);

  /** Frees what the driver holds of it. */
  @Override
  void close();
}
