package org.jowa.jobs.launch;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jowa.data.sample.Lanes;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.model.settings.RestartSettings;

/**
 * How the ranks of a run are started and started again. None of it decides a result, but the world
 * size its last bits.
 *
 * @param ranks wanted; a run begins with so many
 * @param worldSizes how many ranks can share the work, most first; the first one is {@code ranks}
 * @param maxRestarts attempts after failures with no new checkpoint between them
 * @param slotsWait how long an attempt waits for slots for all ranks, before a run is refused or
 *     goes on with fewer
 * @param stallReport after so long, ranks that wait say for whom
 * @param stallTimeout after so long, a rank that stays away has failed
 * @param grace how long a process that shuts down waits for its ranks to save
 */
public record LaunchSettings(
    int ranks,
    List<Integer> worldSizes,
    int maxRestarts,
    Duration slotsWait,
    Duration stallReport,
    Duration stallTimeout,
    Duration grace) {

  /** Checks what concerns more than one setting. */
  public LaunchSettings {
    worldSizes = List.copyOf(worldSizes);
    if (worldSizes.isEmpty() || worldSizes.get(0) != ranks) {
      throw new IllegalArgumentException(
          "World sizes have to begin with " + ranks + ", found " + worldSizes);
    }
    if (stallReport.compareTo(stallTimeout) > 0) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "launch.stall-report-seconds is %d, longer than launch.stall-timeout-seconds, which"
                  + " is %d",
              stallReport.toSeconds(),
              stallTimeout.toSeconds()));
    }
  }

  /**
   * The {@code launch} section of a configuration.
   *
   * @param ranks wanted
   * @param lanes of the data set, each of which belongs to one rank
   * @param batchKey the global batch, which the ranks share evenly
   * @throws UsageException if so many ranks don't divide lanes and batch
   */
  public static LaunchSettings of(Config config, int ranks, int lanes, String batchKey) {
    return of(config, ranks, Lanes.worldSizes(ranks, lanes, config.integer(batchKey)));
  }

  /** The {@code launch} section of a configuration, for ranks that share nothing of a data set. */
  public static LaunchSettings of(Config config, int ranks, List<Integer> worldSizes) {
    RestartSettings launch = config.settings().launch();
    return new LaunchSettings(
        ranks,
        worldSizes,
        launch.maxRestarts(),
        Duration.ofSeconds(launch.slotsWaitSeconds()),
        Duration.ofSeconds(launch.stallReportSeconds()),
        Duration.ofSeconds(launch.stallTimeoutSeconds()),
        Duration.ofSeconds(launch.graceSeconds()));
  }

  /** The largest world size that fits, 0 if none does. */
  int fitting(int slots) {
    return worldSizes.stream().filter(size -> size <= slots).findFirst().orElse(0);
  }
}
