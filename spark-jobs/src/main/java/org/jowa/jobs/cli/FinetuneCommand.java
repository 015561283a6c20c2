package org.jowa.jobs.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.env.game.Game;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.finetune.FinetuneConfig;
import org.jowa.jobs.finetune.FinetuneJob;
import org.jowa.jobs.finetune.FinetuneStart;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "finetune",
    description =
        "Train another run's model on for other games, in a run of its own. Sizes and tokenizer"
            + " come from that run, everything else from --preset.")
final class FinetuneCommand extends TrainingCommand {
  private static final String PRESET = "finetune";

  @Option(
      names = "--init-from",
      required = true,
      paramLabel = "RUN",
      description = "Run folder whose model is trained on; that run stays as it is.")
  private String initFrom;

  @Option(
      names = "--checkpoint",
      paramLabel = "C",
      description = "Step of its checkpoint, or a checkpoint's folder (default: the newest).")
  private Optional<String> checkpoint;

  @Option(
      names = "--tokenizer",
      paramLabel = "RUN",
      description = "Run folder of its tokenizer (default: --init-from).")
  private Optional<String> tokenizer;

  @Option(
      names = {"--games", "--game"},
      split = ",",
      paramLabel = "G",
      description =
          "Games of the data set to train on, in equal shares (default: all, as they come).")
  private List<Game> games = new ArrayList<>();

  @Option(
      names = "--borrow-id",
      paramLabel = "GAME=KNOWN",
      description =
          "Start a new game's embeddings from those of one that the model knows, Robotank=Phoenix"
              + " for instance (default: from those it was born with); may be repeated.")
  private Map<Game, Game> borrowed = new LinkedHashMap<>();

  @Override
  void check() {
    if (initFrom.equals(options.run())) {
      throw new UsageException(
          "Options --run and --init-from both name %s: a fine-tuned model gets a run of its own"
              .formatted(initFrom));
    }
    Config config = config();
    PretrainCommand.check(config, options.ranks(), options.threads());
  }

  private Config config() {
    return FinetuneConfig.of(
        options.base(PRESET), config -> config.with(options.settings()), options.run(), initFrom);
  }

  private Map<String, String> borrowed() {
    Map<String, String> names = new LinkedHashMap<>();
    borrowed.forEach((game, known) -> names.put(game.name(), known.name()));
    return names;
  }

  @Override
  int run() throws Exception {
    FinetuneStart start =
        new FinetuneStart(initFrom, checkpoint, tokenizer.orElse(initFrom), borrowed());
    FinetuneJob job =
        new FinetuneJob(
            options.data(),
            options.run(),
            config(),
            options.ranks(),
            start,
            games.stream().map(Game::name).toList());
    inSpark(job);
    return CommandLines.OK;
  }
}
