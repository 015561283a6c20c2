package org.jowa.jobs.parity;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jowa.env.rom.RomLocator;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.scores.ScoresParity;
import org.jowa.model.parity.ParityResult;
import org.jowa.model.parity.ParityResult.Status;
import org.jowa.model.parity.PlanParity;
import org.jowa.model.parity.TokenizerParity;
import org.jowa.model.parity.WorldParity;
import org.jowa.model.torch.Compute;
import org.jowa.model.torch.Device;
import org.jowa.model.torch.Precision;
import org.jowa.model.torch.TorchRuntime;

/** All comparisons with one folder of golden vectors. */
public final class Parity {
  private static final String LINE = "%-34s %-34s %12s %12s  %s%n";

  private static final Compute BF16 = new Compute(Device.CPU, Precision.BF16);
  private static final double BF16_TOLERANCE = 0.02;

  private final Path golden;
  private final RomLocator roms;
  private final Map<Status, Integer> counts = new EnumMap<>(Status.class);

  private Parity(Path golden, RomLocator roms) {
    this.golden = golden;
    this.roms = roms;
  }

  /**
   * @param golden folder of golden vectors
   * @param romsDir where the user keeps ROMs, if they said so
   * @throws InvalidInputException if the folder is not one of golden vectors
   */
  public static Parity of(Path golden, Optional<Path> romsDir) {
    if (!Files.isRegularFile(golden.resolve("manifest.json"))) {
      throw new InvalidInputException(
          "No manifest.json in %s: give the folder of golden vectors with --golden"
              .formatted(golden));
    }
    return new Parity(golden, RomLocator.of(romsDir));
  }

  /** Comparisons of one part; made if the folder has the file that they start from. */
  private record Comparison(String file, Supplier<List<ParityResult>> run) {}

  /**
   * Runs all comparisons and prints a line for each quantity and a last one with the counts.
   *
   * @return whether none failed
   */
  public boolean run(PrintStream out) {
    // Before the emulator, as everywhere.
    TorchRuntime.init();
    TorchRuntime.setThreads(1);
    out.printf(LINE, "case", "quantity", "worst error", "tolerance", "verdict");
    List<Comparison> comparisons =
        List.of(
            new Comparison("games.json", () -> GamesParity.run(golden)),
            new Comparison("env.safetensors", () -> EnvironmentParity.run(golden, roms)),
            new Comparison("data.json", () -> DataParity.run(golden)),
            new Comparison("tokenizer_golden.safetensors", () -> TokenizerParity.run(golden)),
            new Comparison(
                "tokenizer_golden.safetensors",
                () -> TokenizerParity.run(golden, BF16, BF16_TOLERANCE)),
            new Comparison("c51.safetensors", () -> WorldParity.run(golden)),
            new Comparison("c51.safetensors", () -> WorldParity.run(golden, BF16, BF16_TOLERANCE)),
            new Comparison("beam.json", () -> PlanParity.run(golden)),
            new Comparison("scores.json", () -> ScoresParity.run(golden)));
    for (Comparison comparison : comparisons) {
      if (!Files.isRegularFile(golden.resolve(comparison.file))) {
        continue;
      }
      for (ParityResult result : comparison.run.get()) {
        print(out, result);
        counts.merge(result.status(), 1, Integer::sum);
      }
    }
    out.printf(
        Locale.ROOT,
        "%d passed, %d failed, %d skipped, %d not implemented%n",
        count(Status.PASS),
        count(Status.FAIL),
        count(Status.SKIPPED),
        count(Status.NOT_IMPLEMENTED));
    return count(Status.FAIL) == 0;
  }

  private int count(Status status) {
    return counts.getOrDefault(status, 0);
  }

  private static void print(PrintStream out, ParityResult result) {
    boolean compared = result.status() == Status.PASS || result.status() == Status.FAIL;
    out.printf(
        LINE,
        result.caseName(),
        result.quantity(),
        compared ? String.format(Locale.ROOT, "%.3g", result.worstError()) : "",
        compared ? String.format(Locale.ROOT, "%.3g", result.tolerance()) : "",
        switch (result.status()) {
          case PASS -> "pass";
          case FAIL -> "FAIL";
          case SKIPPED -> "skipped";
          case NOT_IMPLEMENTED -> "not implemented";
        });
  }
}
