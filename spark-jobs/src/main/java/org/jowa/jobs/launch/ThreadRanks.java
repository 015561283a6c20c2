package org.jowa.jobs.launch;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.BarrierTaskContext;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.torch.Device;

/**
 * Ranks that are threads of the driver's JVM ({@code --master local[N]}). Tasks find their group by
 * its name, since a collective can't travel in a closure.
 */
record ThreadRanks(String name) implements RankGroup {
  private static final Map<String, List<Collective>> GROUPS = new ConcurrentHashMap<>();

  static ThreadRanks open(int worldSize, Duration timeout) {
    String name = UUID.randomUUID().toString();
    GROUPS.put(name, InProcessCollectives.create(worldSize, timeout));
    return new ThreadRanks(name);
  }

  @Override
  public Collective join(
      BarrierTaskContext context, String host, RankJob.Facts facts, Device device) {
    List<Collective> group = GROUPS.get(name);
    if (group == null) {
      throw new IllegalStateException("The attempt of this rank is over");
    }
    return group.get(context.partitionId());
  }

  @Override
  public void close() {
    GROUPS.remove(name).forEach(Collective::close);
  }
}
