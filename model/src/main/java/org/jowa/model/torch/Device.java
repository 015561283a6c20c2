package org.jowa.model.torch;

import java.util.Collection;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jowa.error.InvalidInputException;
import org.jowa.error.UsageException;

/**
 * Where a task's tensors lie and its operators run. A model gets one when it is made and hands it
 * down; values cross between host and device through {@link #put}, {@link Tensors} and copies of
 * whole tensors alone.
 *
 * @param name {@code cpu}, or {@code cuda:i} with the number that the CUDA driver gives the GPU
 */
public record Device(String name) {
  private static final Pattern NAME = Pattern.compile("cpu|meta|cuda:\\d{1,2}");

  /** The CPU. */
  public static final Device CPU = new Device("cpu");

  /** Has shapes and no values: what runs on it can be checked for operators that mix devices. */
  static final Device META = new Device("meta");

  /** Checks the name. */
  public Device {
    if (!NAME.matcher(name).matches()) {
      throw new UsageException(
          "Device '%s' is neither cpu nor a GPU such as cuda:0".formatted(name));
    }
  }

  /**
   * @param name {@code cpu} or {@code cuda:i}
   * @throws UsageException if it is another
   */
  public static Device parse(String name) {
    Device device = new Device(name);
    if (device.equals(META)) {
      throw new UsageException("Device 'meta' holds no values: name cpu or a GPU such as cuda:0");
    }
    return device;
  }

  /**
   * The device of a process or task to which a scheduler gave these GPUs: the first of them, or the
   * CPU if there are none.
   *
   * @param addresses as Spark's {@code resourcesJMap().get("gpu").addresses()} has them: numbers
   * @throws InvalidInputException if the first isn't a GPU's number
   */
  public static Device ofGpuAddresses(Collection<String> addresses) {
    if (addresses.isEmpty()) {
      return CPU;
    }
    String first = addresses.iterator().next();
    Matcher number = Pattern.compile("\\d{1,2}").matcher(first);
    if (!number.matches()) {
      throw new InvalidInputException(
          "GPU address '%s' is not a number: let the resource discovery script print the indices that nvidia-smi lists"
              .formatted(first));
    }
    return new Device("cuda:" + Integer.parseInt(first));
  }

  public boolean isCpu() {
    return equals(CPU);
  }

  /** Whether it is an NVIDIA GPU. */
  public boolean isCuda() {
    return name.startsWith("cuda:");
  }

  /** The number of a GPU. */
  public int index() {
    if (!isCuda()) {
      throw new IllegalStateException("Device " + name + " is no GPU and has no number");
    }
    return Integer.parseInt(name.substring("cuda:".length()));
  }

  /**
   * Brings up torch and makes sure that it can use this device.
   *
   * @throws InvalidInputException if it can't; the message says what is missing
   */
  public void require() {
    TorchRuntime.init();
    if (!isCuda()) {
      return;
    }
    int index = index();
    String wanted = "Cannot compute on " + name + ": ";
    if (!torch.hasCUDA()) {
      throw new InvalidInputException(
          wanted
              + "the libtorch in "
              + TorchRuntime.libraryPath()
              + " is a CPU build; point PYTORCH_LIBRARY_PATH at the lib folder of a CUDA libtorch "
              + TorchRuntime.LIBTORCH_VERSION
              + " (docs/gpu.md)");
    }
    int count = torch.cuda_device_count();
    if (index >= count) {
      throw new InvalidInputException(
          wanted
              + (count == 0
                  ? "the CUDA driver shows no GPU; check nvidia-smi and CUDA_VISIBLE_DEVICES"
                  : String.format(
                      Locale.ROOT,
                      "the CUDA driver shows %d GPUs, numbered from 0; check CUDA_VISIBLE_DEVICES"
                          + " and the resource discovery script",
                      count)));
    }
  }

  /**
   * A tensor on this device: itself if it lies here, else a copy.
   *
   * @param tensor usually one that {@link Tensors} made of Java values
   */
  public Tensor put(Tensor tensor) {
    return isCpu() ? tensor : tensor.to(toTorch(), tensor.scalar_type().intern());
  }

  /** An int64 tensor with these values, for indices. */
  public Tensor indices(int... values) {
    return put(Tensors.indices(values, values.length));
  }

  /** An uninitialised tensor. */
  public Tensor empty(ScalarType type, long... shape) {
    TorchRuntime.init();
    TensorOptions options = new TensorOptions(type).device(new DeviceOptional(toTorch()));
    return torch.empty(shape, options, new MemoryFormatOptional());
  }

  /** A tensor of zeros. */
  public Tensor zeros(ScalarType type, long... shape) {
    return empty(type, shape).zero_();
  }

  /** Memory for int32 values. */
  public Slab integerSlab() {
    return new Slab(this, ScalarType.Int);
  }

  /** Waits until everything that was started here is done, for measuring. */
  public void synchronize() {
    if (isCuda()) {
      torch.cuda_synchronize(index());
    }
  }

  private org.bytedeco.pytorch.Device toTorch() {
    return new org.bytedeco.pytorch.Device(name);
  }

  @Override
  public String toString() {
    return name;
  }
}
