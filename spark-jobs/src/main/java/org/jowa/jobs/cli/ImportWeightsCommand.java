package org.jowa.jobs.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.weights.ImportJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "import-weights",
    description =
        "Make a run folder of the paper's files, tokenizer.pt and JOWA_40M.pt for instance; nothing"
            + " in them is executed.")
final class ImportWeightsCommand extends JobCommand {
  @Parameters(
      arity = "1..*",
      paramLabel = "FILE.pt",
      description = "File that torch.save made of a tokenizer or of a world-action model.")
  private List<Path> files;

  @Option(names = "--out", required = true, paramLabel = "RUN", description = "A new run folder.")
  private String out;

  @Option(
      names = "--preset",
      paramLabel = "P",
      description =
          "Configuration of the weights: 40m, 70m, 150m, or a .yaml file that names every key"
              + " (default: that of the paper's with the sizes found).")
  private Optional<String> preset;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Change one configuration key; may be repeated, and wins over the preset.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--lpips",
      paramLabel = "FILE",
      description =
          "Also write the weights of the perceptual loss in the tokenizer's file as safetensors,"
              + " for tokenizer.perceptual-weights.")
  private Optional<Path> lpips;

  @Override
  void check() {
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw new UsageException(
            "No file %s: give the path of a .pt file on this machine".formatted(file));
      }
    }
    Config.preset(preset.orElse(Config.PRESETS.get(0))).with(settings);
  }

  @Override
  boolean needsSpark() {
    return false;
  }

  @Override
  int run() {
    new ImportJob(files, out, preset, settings, lpips)
        .run(new Configuration())
        .forEach(System.out::println);
    return CommandLines.OK;
  }
}
