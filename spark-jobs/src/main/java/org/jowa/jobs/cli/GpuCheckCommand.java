package org.jowa.jobs.cli;

import org.jowa.jobs.gpucheck.GpuCheck;
import picocli.CommandLine.Command;

/** Behind {@code deploy/gpu-check}. */
@Command(
    name = "gpu-check",
    hidden = true,
    description =
        "Check on a node with GPUs that they can be trained on: driver, libtorch, NCCL, training"
            + " steps against the CPU's losses, and with two GPUs or more ranks together over NCCL."
            + " Takes about a minute.")
final class GpuCheckCommand extends JobCommand {
  @Override
  boolean needsSpark() {
    return false;
  }

  @Override
  boolean usesGpus() {
    return true;
  }

  @Override
  int run() {
    return new GpuCheck().run(System.out) ? CommandLines.OK : CommandLines.FAILED;
  }
}
