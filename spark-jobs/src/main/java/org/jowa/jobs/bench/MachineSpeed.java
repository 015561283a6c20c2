package org.jowa.jobs.bench;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jowa.env.AtariEnv;
import org.jowa.env.rom.Rom;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.WideProducts;

/** How fast this machine is now, while others may use it, in two numbers. */
public final class MachineSpeed {
  private static final int SGEMM_SIZE = 2048;
  private static final int SGEMM_RUNS = 8;
  private static final int ENV_RUNS = 4;
  private static final int ENV_STEPS = 500;
  private static final double GIGA = 1e-9;

  private MachineSpeed() {}

  /**
   * A large matrix product as models make them here, on the calling thread's number of threads, in
   * Gflop/s.
   */
  public static double sgemm() {
    try (StepScope scope = StepScope.inference()) {
      Tensor left = torch.ones(new long[] {SGEMM_SIZE, SGEMM_SIZE});
      Tensor product = torch.ones(new long[] {SGEMM_SIZE, SGEMM_SIZE});
      boolean isWide = WideProducts.areFaster(Compute.FP32_ON_CPU);
      Timing timing =
          Timing.of(
              SGEMM_RUNS,
              () -> {
                if (isWide) {
                  WideProducts.multiply(left, left).close();
                } else {
                  torch.mm_out(product, left, left);
                }
              });
      return 2.0 * SGEMM_SIZE * SGEMM_SIZE * SGEMM_SIZE * GIGA / (timing.medianMillis() * 1e-3);
    }
  }

  /** One emulator, its observations included, in frames/s. */
  public static double emulator(Rom rom) {
    try (AtariEnv env = AtariEnv.create(rom, 0, 0)) {
      byte[] observation = new byte[AtariEnv.OBSERVATION_BYTES];
      Timing timing =
          Timing.of(
              ENV_RUNS,
              () -> {
                for (int i = 0; i < ENV_STEPS; i++) {
                  if (env.isOver()) {
                    env.reset();
                  }
                  env.step(0);
                  env.observation(observation, 0);
                }
              });
      return ENV_STEPS * AtariEnv.FRAME_SKIP / (timing.medianMillis() * 1e-3);
    }
  }
}
