package org.jowa.jobs.cli;

import org.jowa.jobs.config.Config;
import org.jowa.jobs.launch.RankLauncher;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.jobs.tokenizer.TrainTokenizerJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "train-tokenizer",
    description = "Train the tokenizer that turns a frame into 6x6 tokens, or collect its patches.")
final class TrainTokenizerCommand extends JobCommand {
  @Mixin private TrainingOptions options;

  @Override
  void check() {
    Config config = options.config();
    options.check(config, "tokenizer.batch-size");
    config.settings().tokenizer().trainable();
  }

  @Override
  int slots() {
    return options.slots();
  }

  @Override
  int threadsPerTask() {
    return options.threads();
  }

  @Override
  int run() {
    TrainTokenizerJob job =
        new TrainTokenizerJob(options.data(), options.run(), options.config(), options.ranks());
    try (SparkJobs jobs =
        RankLauncher.application("train-tokenizer", options.ranks(), options.threads())) {
      job.run(jobs);
    }
    return CommandLines.OK;
  }
}
