package org.jowa.jobs.spark;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jowa.model.torch.Device;

/** One value for all tasks of a process on each of its devices, as {@link SharedByTasks} has it. */
public final class SharedOnDevices<T extends AutoCloseable> {
  private final Map<Device, SharedByTasks<T>> shared = new ConcurrentHashMap<>();

  /**
   * @param device that the value lies on
   * @param name tells one value from another
   * @param make how it is made, if this process doesn't have it there
   */
  public SharedByTasks<T>.Lease lease(Device device, String name, Supplier<T> make) {
    return shared.computeIfAbsent(device, of -> new SharedByTasks<>()).lease(name, make);
  }

  /** Closes all values, each as soon as no task uses it. */
  public void retire() {
    shared.values().forEach(SharedByTasks::retire);
  }
}
