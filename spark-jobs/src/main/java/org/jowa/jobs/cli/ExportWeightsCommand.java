package org.jowa.jobs.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.error.UsageException;
import org.jowa.jobs.weights.ExportJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "export-weights",
    description =
        "Write a run's tokenizer and model for others: safetensors, configuration and a model"
            + " card.")
final class ExportWeightsCommand extends JobCommand {
  @Option(names = "--run", required = true, paramLabel = "RUN", description = "Run folder.")
  private String run;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "A new folder.")
  private String out;

  @Option(
      names = "--checkpoint",
      paramLabel = "C",
      description = "A checkpoint's folder, or its step number (default: the newest).")
  private Optional<String> checkpoint;

  @Option(
      names = "--tokenizer",
      paramLabel = "RUN",
      description = "Run folder whose tokenizer the model was trained with (default: --run).")
  private Optional<String> tokenizer;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "Data set that it was trained on (default: the one that the run names).")
  private Optional<String> data;

  @Option(
      names = "--pt",
      description = "Also write the paper's files, which torch.load reads with weights_only=True.")
  private boolean torchFiles;

  @Option(
      names = "--lpips",
      paramLabel = "FILE",
      description = "With --pt, weights of the perceptual loss to put into tokenizer.pt.")
  private Optional<Path> lpips;

  @Option(
      names = "--licence",
      paramLabel = "NAME",
      description = "Licence of the weights for the model card (default: not named).")
  private Optional<String> licence;

  @Override
  void check() {
    if (lpips.isPresent() && !torchFiles) {
      throw new UsageException("Option --lpips needs --pt");
    }
    lpips
        .filter(file -> !Files.isRegularFile(file))
        .ifPresent(
            file -> {
              throw new UsageException(
                  "No file %s: give --lpips a safetensors file with LPIPS weights".formatted(file));
            });
    if (licence.isPresent() && !licence.get().matches("[\\w .+-]+")) {
      throw new UsageException(
          "Option --licence takes a name such as cc-by-4.0, found '" + licence.get() + "'");
    }
  }

  @Override
  boolean needsSpark() {
    return false;
  }

  @Override
  int run() {
    new ExportJob(run, checkpoint, tokenizer.orElse(run), out, data, torchFiles, lpips, licence)
        .run(new Configuration())
        .forEach(file -> System.out.println(out + "/" + file));
    return CommandLines.OK;
  }
}
