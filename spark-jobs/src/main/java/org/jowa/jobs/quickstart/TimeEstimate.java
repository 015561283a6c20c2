package org.jowa.jobs.quickstart;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch;
import org.jowa.env.game.Games;
import org.jowa.env.rom.Rom;
import org.jowa.env.rom.RomLocator;
import org.jowa.jobs.bench.MachineSpeed;
import org.jowa.model.torch.TorchRuntime;

/**
 * How long a quickstart takes on this machine as it is now, from a measurement of some seconds.
 *
 * <p>Its time is that of starting, which is the same everywhere, that of the emulator and that of
 * torch on all cores, which is most of it: the last two grow with the minutes that were asked for,
 * and shrink with the machine's speed in playing and in multiplying matrices. So
 *
 * <pre>seconds = START + minutes / 12 * (WORK / Gflop/s + FRAMES / frames/s)</pre>
 *
 * <p>To fit {@code WORK} anew after the content of the quickstart changed, run {@code bin/jowa
 * quickstart --out DIR} on an idle machine: its last line says how large it was.
 *
 * @param minutes asked for
 * @param gflops speed of matrix products on all cores
 * @param framesPerSecond of one emulator
 */
record TimeEstimate(int minutes, double gflops, double framesPerSecond) {
  /** Spark, natives and the first steps of everything. */
  private static final double START_SECONDS = 30;

  /** What torch does with the default minutes, in Gflop of a large matrix product. */
  private static final double WORK_GFLOP = 193_000;

  /** What emulators play in each of the tasks that record at the same time. */
  private static final double FRAMES = 640_000;

  /**
   * Measures this machine.
   *
   * @param cores that the quickstart computes with
   * @param roms where the user keeps ROMs, if they said so
   */
  static TimeEstimate measure(QuickstartPlan plan, int cores, Optional<Path> roms) {
    // Before the emulator: whichever comes first decides where JavaCPP looks for natives.
    TorchRuntime.init();
    Rom rom = RomLocator.of(roms).locate(Games.byName(QuickstartPlan.GAMES.get(0)));
    int threads = torch.get_num_threads();
    TorchRuntime.setThreads(cores);
    try {
      return new TimeEstimate(plan.minutes(), MachineSpeed.sgemm(), MachineSpeed.emulator(rom));
    } finally {
      TorchRuntime.setThreads(threads);
    }
  }

  /** From the first step to the last. */
  double seconds() {
    return START_SECONDS + share() * (WORK_GFLOP / gflops + FRAMES / framesPerSecond);
  }

  /** What {@code WORK_GFLOP} would have to be for a quickstart that took so long. */
  double workOf(double seconds) {
    return ((seconds - START_SECONDS) / share() - FRAMES / framesPerSecond) * gflops;
  }

  private double share() {
    return (double) minutes / QuickstartPlan.DEFAULT_MINUTES;
  }

  /** What to expect, before the first step. */
  String expectation() {
    return String.format(
        Locale.ROOT,
        "From the first step to the last it takes about %.0f minutes on this machine as it is now (matrix products %.0f Gflop/s, emulator %.0f frames/s), longer when others use it",
        Math.max(1, seconds() / 60),
        gflops,
        framesPerSecond);
  }

  /**
   * What became of it, after the last step.
   *
   * @param seconds that all steps took
   */
  String outcome(double seconds) {
    return String.format(
        Locale.ROOT,
        "Took %.1f minutes, %.1f were expected: work of %.0f Gflop at %.0f Gflop/s",
        seconds / 60,
        seconds() / 60,
        workOf(seconds),
        gflops);
  }
}
