package org.jowa.jobs.launch;

import java.io.Serializable;
import java.util.List;
import org.jowa.model.train.TimeSpent;

/**
 * What a rank last told of itself; all that is left of it when its process is killed.
 *
 * @param rank its number
 * @param host it runs on
 * @param pid of its process
 * @param step steps done, -1 before the first
 * @param where what it is doing
 * @param rssMib resident memory of its process now
 * @param peakRssMib most resident memory so far
 * @param peakNativeMib most of it so far that was not in use on the Java heap
 * @param time what its attempt's time went into so far
 * @param log last lines that its process logged, oldest first
 * @param millis when, by its own clock
 */
public record RankReport(
    int rank,
    String host,
    long pid,
    long step,
    String where,
    long rssMib,
    long peakRssMib,
    long peakNativeMib,
    TimeSpent time,
    List<String> log,
    long millis)
    implements Serializable {
  /** Before the first step. */
  static final TimeSpent NO_TIME = new TimeSpent(0, 0, 0, 0, 0, 0, 0, 0);
}
