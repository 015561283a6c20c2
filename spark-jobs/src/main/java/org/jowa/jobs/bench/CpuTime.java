package org.jowa.jobs.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * CPU time of this process, all threads together, while it did something several times. Work of
 * other processes on the machine adds little to it, unlike to the time on the wall.
 */
final class CpuTime {
  private final OperatingSystemMXBean system =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final List<Double> millis = new ArrayList<>();

  /** The same work, measured each time that it is done. */
  Runnable of(Runnable work) {
    return () -> {
      long before = system.getProcessCpuTime();
      work.run();
      millis.add((system.getProcessCpuTime() - before) * 1e-6);
    };
  }

  /** Median of all times that the work was done. */
  double medianMillis() {
    double[] all = millis.stream().mapToDouble(Double::doubleValue).toArray();
    return Timing.of(all).medianMillis();
  }

  /**
   * @param things that are done each time
   */
  double perSecond(double things) {
    return things / (medianMillis() * 1e-3);
  }
}
