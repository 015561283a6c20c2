package org.jowa.model.train;

import java.util.EnumMap;
import java.util.Map;

/** Books the time of a rank's thread: at every moment it does one thing. */
final class TimeAccount {
  /** What the thread does. */
  enum Activity {
    COMPUTING,
    EXCHANGING,
    DATA,
    CHECKPOINT,
    HELD_OUT,
    OTHER
  }

  private final Map<Activity, Long> nanos = new EnumMap<>(Activity.class);
  private Activity current = Activity.OTHER;
  private long since = System.nanoTime();
  private long firstStep;
  private long lastStep;

  /** From now on it does something else. */
  void begin(Activity next) {
    long now = System.nanoTime();
    nanos.merge(current, now - since, Long::sum);
    since = now;
    current = next;
  }

  /** The attempt goes on from here. */
  void startsAfter(long step) {
    firstStep = step;
    lastStep = step;
  }

  void stepDone(long step) {
    lastStep = step;
  }

  /** Everything until now. */
  TimeSpent spent() {
    begin(current);
    return new TimeSpent(
        firstStep,
        lastStep,
        seconds(Activity.COMPUTING),
        seconds(Activity.EXCHANGING),
        seconds(Activity.DATA),
        seconds(Activity.CHECKPOINT),
        seconds(Activity.HELD_OUT),
        seconds(Activity.OTHER));
  }

  private double seconds(Activity activity) {
    return nanos.getOrDefault(activity, 0L) * 1e-9;
  }
}
