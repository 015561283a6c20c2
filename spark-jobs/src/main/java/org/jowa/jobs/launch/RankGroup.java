package org.jowa.jobs.launch;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;

/**
 * The ranks of one attempt that are threads of this JVM. Tasks find their group by its name, since
 * a collective can't travel in a closure.
 */
final class RankGroup implements AutoCloseable {
  private static final Map<String, RankGroup> GROUPS = new ConcurrentHashMap<>();

  /** Long enough for a rank that writes a checkpoint or reads its first shards. */
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  private final String name;
  private final List<Collective> collectives;
  private final AtomicReference<Failure> firstFailure = new AtomicReference<>();

  /** What stopped the first rank that failed. */
  record Failure(int rank, Throwable cause) {}

  private RankGroup(String name, int worldSize) {
    this.name = name;
    this.collectives = InProcessCollectives.create(worldSize, TIMEOUT);
  }

  static RankGroup open(String name, int worldSize) {
    RankGroup group = new RankGroup(name, worldSize);
    GROUPS.put(name, group);
    return group;
  }

  static RankGroup named(String name) {
    RankGroup group = GROUPS.get(name);
    if (group == null) {
      throw new IllegalStateException(
          "No group of ranks " + name + " in this JVM: ranks and driver have to share one");
    }
    return group;
  }

  Collective collective(int rank) {
    return collectives.get(rank);
  }

  /** Tells the other ranks, after noting who was first: what they throw then is a consequence. */
  void fail(int rank, Throwable cause) {
    firstFailure.compareAndSet(null, new Failure(rank, cause));
    collectives.get(rank).abort(cause);
  }

  Optional<Failure> firstFailure() {
    return Optional.ofNullable(firstFailure.get());
  }

  @Override
  public void close() {
    GROUPS.remove(name);
    collectives.forEach(Collective::close);
  }
}
