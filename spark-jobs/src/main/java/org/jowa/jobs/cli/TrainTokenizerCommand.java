package org.jowa.jobs.cli;

import org.jowa.jobs.config.Config;
import org.jowa.jobs.tokenizer.TrainTokenizerJob;
import picocli.CommandLine.Command;

@Command(
    name = "train-tokenizer",
    description = "Train the tokenizer that turns a frame into 6x6 tokens, or collect its patches.")
final class TrainTokenizerCommand extends TrainingCommand {
  @Override
  void check() {
    Config config = options.config();
    options.check(config, "tokenizer.batch-size");
    config.settings().tokenizer().trainable();
  }

  @Override
  int run() throws Exception {
    inSpark(
        new TrainTokenizerJob(options.data(), options.run(), options.config(), options.ranks()));
    return CommandLines.OK;
  }
}
