package org.jowa.jobs.launch;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.CollectiveException;
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
  private final List<Failure> failures = new CopyOnWriteArrayList<>();

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

  /** Notes a failure and tells the other ranks. */
  void fail(int rank, Throwable cause) {
    failures.add(new Failure(rank, cause));
    collectives.get(rank).abort(cause);
  }

  /**
   * The failure that all others followed from: the first one that isn't the news of another's, or
   * the first one if a rank just stayed away.
   */
  Optional<Failure> firstFailure() {
    return failures.stream()
        .filter(failure -> !(failure.cause() instanceof CollectiveException))
        .findFirst()
        .or(() -> failures.stream().findFirst());
  }

  @Override
  public void close() {
    GROUPS.remove(name);
    collectives.forEach(Collective::close);
  }
}
