package org.jowa.jobs.cli;

import java.util.Optional;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.pretrain.PretrainJob;
import org.jowa.model.settings.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "pretrain",
    description =
        "Train the world-action model on tokens: stage 1 the world model, stage 2 the Q-function"
            + " too.")
final class PretrainCommand extends TrainingCommand {
  @Option(
      names = "--tokenizer",
      paramLabel = "RUN",
      description = "Run folder whose tokenizer made the tokens (default: --run).")
  private Optional<String> tokenizer;

  @Option(
      names = "--init-from",
      paramLabel = "WEIGHTS",
      description =
          "Checkpoint folder or safetensors file that a new run starts from (default: random).")
  private Optional<String> initFrom;

  @Override
  void check() {
    check(options.config(), options.ranks(), options.threads());
  }

  /** Checks a configuration of this training, whichever command asks for it. */
  static void check(Config config, int ranks, int threads) {
    TrainingOptions.check(config, "world.batch-size", ranks, threads);
    TrainingOptions.check(config, "world.imagination.batch-size", ranks, threads);
    Settings settings = config.settings();
    settings.world().trainable();
    settings.joint(Optional.empty()).ifPresent(joint -> joint.requireFit(settings.world()));
  }

  @Override
  int run() throws Exception {
    PretrainJob job =
        new PretrainJob(
            options.data(),
            options.run(),
            options.config(),
            options.ranks(),
            tokenizer.orElse(options.run()),
            initFrom);
    inSpark(job);
    return CommandLines.OK;
  }
}
