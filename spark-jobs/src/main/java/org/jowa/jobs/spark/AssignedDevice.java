package org.jowa.jobs.spark;

import java.util.List;
import java.util.Map;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.jowa.model.torch.Device;
import org.jspecify.annotations.Nullable;

/**
 * The device that Spark's scheduler has given to a task, or to the driver: the first of its GPUs,
 * the CPU if it has none. There is no other way to choose one.
 */
public final class AssignedDevice {
  /** Spark's setting for the GPUs of a task. */
  public static final String GPUS_A_TASK = "spark.task.resource.gpu.amount";

  private AssignedDevice() {}

  /**
   * Of a task, by {@value #GPUS_A_TASK}.
   *
   * @throws org.jowa.error.InvalidInputException if the address of the GPU isn't its number
   */
  public static Device of(TaskContext task) {
    return of(task.resourcesJMap());
  }

  /**
   * Of the driver, by {@code spark.driver.resource.gpu.amount}.
   *
   * @throws org.jowa.error.InvalidInputException if the address of the GPU isn't its number
   */
  public static Device ofDriver(SparkJobs jobs) {
    return of(jobs.context().resources());
  }

  private static Device of(Map<String, ResourceInformation> resources) {
    @Nullable ResourceInformation gpu = resources.get("gpu");
    return Device.ofGpuAddresses(gpu == null ? List.of() : List.of(gpu.addresses()));
  }
}
