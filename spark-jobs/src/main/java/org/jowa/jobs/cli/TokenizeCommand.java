package org.jowa.jobs.cli;

import java.util.Optional;
import org.jowa.jobs.tokenize.TokenizeJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "tokenize",
    description = "Turn all frames of a data set into tokens, with the tokenizer of a run.")
final class TokenizeCommand extends JobCommand {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "DATASET",
      description = "Data set that bin/jowa ingest made; the tokens are put beside its frames.")
  private String data;

  @Option(
      names = "--run",
      required = true,
      paramLabel = "RUN",
      description = "Run folder with a trained tokenizer.")
  private String run;

  @Option(
      names = "--tokenizer",
      paramLabel = "RUN",
      description = "Run folder whose tokenizer is used instead (default: --run).")
  private Optional<String> tokenizer;

  @Override
  int run() throws Exception {
    inSpark(new TokenizeJob(data, tokenizer.orElse(run)));
    return CommandLines.OK;
  }
}
