package org.jowa.jobs.gpucheck;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.global.torch;
import org.jowa.error.InvalidInputException;
import org.jowa.model.collective.NcclCollective;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.TorchRuntime;

/** All checks of a machine with GPUs, as a table. */
public final class GpuCheck {
  private static final String LINE = "%-58s %-8s %s%n";
  private static final Path DRIVER = Path.of("/proc/driver/nvidia/version");

  /** Of preset 40m, about: 160 MB. */
  private static final long GRADIENTS = 40_000_000;

  private final List<Check> checks = new ArrayList<>();

  /**
   * Runs the checks and prints a line for each and a last one with the counts.
   *
   * @return whether none failed
   */
  public boolean run(PrintStream out) {
    out.printf(LINE, "check", "verdict", "detail");
    add(out, Check.of("NVIDIA driver", GpuCheck::driver));
    int gpus = libtorch(out);
    if (gpus == 0) {
      String reason = "there is no GPU here: run this on a node that has one";
      add(out, Check.skipped("training steps against the CPU's losses", reason));
      add(out, Check.skipped("tokens, Q and plans against the CPU's", reason));
      RankChecks.NAMES.forEach(name -> add(out, Check.skipped(name, reason)));
    } else {
      for (int gpu = 0; gpu < gpus; gpu++) {
        Device device = Device.parse("cuda:" + gpu);
        new TrainingChecks(device, "tiny", 8, 16).run().forEach(check -> add(out, check));
        new PlayChecks(device, "tiny").run().forEach(check -> add(out, check));
      }
      new TrainingChecks(Device.parse("cuda:0"), "40m", 4, 0)
          .run()
          .forEach(check -> add(out, check));
      new PlayChecks(Device.parse("cuda:0"), "40m").run().forEach(check -> add(out, check));
      List<Device> devices =
          IntStream.range(0, gpus).mapToObj(gpu -> Device.parse("cuda:" + gpu)).toList();
      new RankChecks(
              devices, GRADIENTS, (ring, device) -> NcclCollective.over(ring, device.index()))
          .run()
          .forEach(check -> add(out, check));
    }
    Map<Check.Verdict, Integer> counts = new TreeMap<>();
    checks.forEach(check -> counts.merge(check.verdict(), 1, Integer::sum));
    out.printf(
        Locale.ROOT,
        "%d passed, %d failed, %d skipped%n",
        counts.getOrDefault(Check.Verdict.PASS, 0),
        counts.getOrDefault(Check.Verdict.FAIL, 0),
        counts.getOrDefault(Check.Verdict.SKIPPED, 0));
    return !counts.containsKey(Check.Verdict.FAIL);
  }

  private void add(PrintStream out, Check check) {
    checks.add(check);
    out.printf(LINE, check.name(), check.verdict(), check.detail());
  }

  private static Check driver(String name) throws Exception {
    if (!Files.isReadable(DRIVER)) {
      return Check.failed(
          name, "no " + DRIVER + ": no NVIDIA driver is loaded, or the container was given no GPU");
    }
    return Check.passed(name, Files.readString(DRIVER).lines().findFirst().orElse(""));
  }

  /** Returns the number of GPUs that libtorch can use. */
  private int libtorch(PrintStream out) {
    String build = "libtorch CUDA build";
    try {
      TorchRuntime.init();
    } catch (InvalidInputException e) {
      add(out, Check.failed(build, e.getMessage()));
      return 0;
    }
    String folder = TorchRuntime.libraryPath();
    if (torch.hasCUDA()) {
      add(out, Check.passed(build, TorchRuntime.LIBTORCH_VERSION + " in " + folder));
    } else {
      add(
          out,
          Check.failed(
              build,
              "the libtorch in %s is a CPU build: point PYTORCH_LIBRARY_PATH at a CUDA libtorch %s (docs/gpu.md)"
                  .formatted(folder, TorchRuntime.LIBTORCH_VERSION)));
    }
    int gpus = torch.cuda_is_available() ? torch.cuda_device_count() : 0;
    add(
        out,
        gpus == 0
            ? Check.failed("GPUs that libtorch can use", "none: there is no GPU here, or see above")
            : Check.passed("GPUs that libtorch can use", String.valueOf(gpus)));
    add(out, Nccl.find(folder));
    return gpus;
  }
}
