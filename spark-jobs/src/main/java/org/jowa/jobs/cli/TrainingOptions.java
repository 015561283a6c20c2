package org.jowa.jobs.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.MlflowTracker;
import org.jowa.jobs.run.RunFolder;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the trainings have in common. */
final class TrainingOptions {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATASET",
      description = "Data set that bin/jowa ingest made.")
  private String data;

  @Option(
      names = "--run",
      required = true,
      paramLabel = "RUN",
      description = "Run folder. The same command again resumes from the newest checkpoint.")
  private String run;

  @Option(
      names = "--preset",
      paramLabel = "P",
      description =
          "tiny, 40m, 70m, 150m, finetune, evidence, or a .yaml file that names every key"
              + " (default: the configuration of the run, when there is one).")
  private Optional<String> preset;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Change one configuration key, world.batch-size=64 for instance; may be repeated, and"
              + " wins over the preset.")
  private List<String> settings = new ArrayList<>();

  @Mixin private RankOptions ranks;

  String data() {
    return data;
  }

  String run() {
    return run;
  }

  int ranks() {
    return ranks.ranks();
  }

  /** Cores of one rank, where nothing else says. */
  int threads() {
    return ranks.threads();
  }

  List<String> settings() {
    return settings;
  }

  /** The resolved configuration. */
  Config config() {
    return base()
        .orElseThrow(
            () ->
                new UsageException(
                    "%s is a new run, which needs --preset: %s or a .yaml file"
                        .formatted(run, String.join(", ", Config.PRESETS))))
        .with(settings);
  }

  /** The configuration before {@code --set}, for a command whose new runs have a preset. */
  Config base(String presetOfNewRuns) {
    return base().orElseGet(() -> Config.preset(presetOfNewRuns));
  }

  private Optional<Config> base() {
    return preset.map(Config::preset).or(() -> RunFolder.at(run, new Configuration()).config());
  }

  /**
   * @param batchKey the batch that the ranks share
   */
  void check(Config config, String batchKey) {
    check(config, batchKey, ranks(), threads());
  }

  static void check(Config config, String batchKey, int ranks, int threads) {
    Options.atLeast("--ranks", ranks, 1);
    Options.atLeast("--threads", threads, 1);
    MlflowTracker.requireAddress(config);
    int batch = config.integer(batchKey);
    if (batch % ranks != 0) {
      throw new UsageException(
          String.format(
              Locale.ROOT,
              "%d ranks don't divide %s, which is %d: change --ranks or --set %s",
              ranks,
              batchKey,
              batch,
              batchKey));
    }
    config
        .settings()
        .tokenizer()
        .perceptualWeights()
        .map(Path::of)
        .filter(file -> !Files.isRegularFile(file))
        .ifPresent(
            file -> {
              throw new UsageException(
                  "Configuration key tokenizer.perceptual-weights names %s, which is no file: give a safetensors file with LPIPS weights, or null"
                      .formatted(file));
            });
  }
}
