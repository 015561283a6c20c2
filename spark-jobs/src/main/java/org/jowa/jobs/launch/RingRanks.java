package org.jowa.jobs.launch;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.apache.spark.BarrierTaskContext;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.NcclCollective;
import org.jowa.model.collective.RingListener;
import org.jowa.model.collective.RingOptions;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.TorchRuntime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ranks that are processes: they exchange their addresses through the barrier stage, check that
 * they fit together, and join a TCP ring that admits only who knows the attempt's secret.
 */
final class RingRanks implements RankGroup {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(RingRanks.class);
  private static final int SECRET_BYTES = 32;

  /** All ranks come from the same barrier, so whoever can be reached at all answers soon. */
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);

  /** Travels in the task, which no log and no event log shows. */
  private final byte[] secret;

  private final Duration stallReport;
  private final Duration stallTimeout;

  private RingRanks(byte[] secret, Duration stallReport, Duration stallTimeout) {
    this.secret = secret;
    this.stallReport = stallReport;
    this.stallTimeout = stallTimeout;
  }

  /** A group with a new secret. */
  static RingRanks open(Duration stallReport, Duration stallTimeout) {
    byte[] secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    return new RingRanks(secret, stallReport, stallTimeout);
  }

  @Override
  public Collective join(
      BarrierTaskContext context, String host, RankJob.Facts facts, Device device) {
    int rank = context.partitionId();
    try (RingListener listener = RingListener.listen(host)) {
      RankCard own = RankCard.here(rank, host, listener.address(), facts.find());
      List<RankCard> cards = RankCard.parse(context.allGather(own.toJson()));
      tell(rank, Preflight.check(cards));
      List<String> addresses = cards.stream().map(RankCard::address).toList();
      Collective ring = listener.join(rank, addresses, secret, options());
      tell(rank, Preflight.clocks(ring, cards));
      return device.isCuda() ? onGpu(ring, device) : ring;
    }
  }

  /** The ring stays beside NCCL, for what isn't a tensor and for news of failures. */
  private static Collective onGpu(Collective ring, Device device) {
    try {
      TorchRuntime.init();
      return NcclCollective.over(ring, device.index());
    } catch (RuntimeException e) {
      ring.abort(e);
      ring.close();
      throw e;
    }
  }

  private RingOptions options() {
    return new RingOptions(
        stallTimeout, stallReport, CONNECT_TIMEOUT, RingOptions.DEFAULT_CHUNK_BYTES, LOG::warn);
  }

  /** One rank speaks for all. */
  private static void tell(int rank, List<String> notes) {
    if (rank == 0) {
      notes.forEach(LOG::warn);
    }
  }

  @Override
  public void close() {
    // Nothing of it is on the driver.
  }
}
