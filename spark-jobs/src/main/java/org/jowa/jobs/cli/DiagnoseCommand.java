package org.jowa.jobs.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jowa.data.storage.Json;
import org.jowa.error.Suggestion;
import org.jowa.error.UsageException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.diagnose.DiagnoseJob;
import org.jowa.jobs.diagnose.Diagnosis;
import org.jowa.jobs.diagnose.DiagnosisText;
import org.jowa.model.diagnosis.Stage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "diagnose",
    description =
        "Tell stage by stage, on held-out play and beside trivial baselines, whether a run has"
            + " learned anything; the last line names the first stage that fails and what to"
            + " change. Writes RUN/diagnosis.json, which bin/jowa report shows.",
    footer = {
      "",
      "Exit status: 0 if every gate is passed, 3 if one is not, 2 and 1 as for other commands.",
      "What each figure means is in docs/diagnose.md; gates are the keys diagnose.* of the"
          + " configuration."
    })
final class DiagnoseCommand extends JobCommand {
  @Parameters(paramLabel = "RUN", description = "Run folder.")
  private String run;

  @Option(
      names = "--data",
      paramLabel = "DATASET",
      description = "Data set that the run was trained on (default: the one that the run names).")
  private Optional<String> data;

  @Option(
      names = "--stages",
      split = ",",
      paramLabel = "S",
      description =
          "Only these of tokenizer, world, rewards, q and policy (default: all). tokenizer needs no"
              + " trained model.")
  private List<String> stages = new ArrayList<>();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Change one key of the section diagnose, diagnose.sequences=64 for instance; may be"
              + " repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(names = "--json", description = "Print RUN/diagnosis.json and nothing else.")
  private boolean json;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Cores of a task, Spark's spark.task.cpus (default: ${DEFAULT-VALUE}).")
  private int threads = 1;

  @Override
  void check() {
    Options.atLeast("--threads", threads, 1);
    chosen();
    for (String setting : settings) {
      if (!setting.startsWith("diagnose.")) {
        throw new UsageException(
            "Option --set of diagnose takes keys of the section diagnose, found '%s'"
                .formatted(setting));
      }
    }
    Config.preset("tiny").with(settings);
  }

  private EnumSet<Stage> chosen() {
    EnumSet<Stage> chosen = EnumSet.noneOf(Stage.class);
    List<String> ids = Arrays.stream(Stage.values()).map(Stage::id).toList();
    for (String name : stages) {
      if (!ids.contains(name)) {
        throw new UsageException(
            "Option --stages takes %s, found '%s'%s"
                .formatted(
                    ids.stream().collect(Collectors.joining(", ")),
                    name,
                    Suggestion.didYouMean(name, ids)));
      }
      chosen.add(Stage.values()[ids.indexOf(name)]);
    }
    return chosen.isEmpty() ? EnumSet.allOf(Stage.class) : chosen;
  }

  @Override
  int threadsPerTask() {
    return threads;
  }

  @Override
  int run() throws Exception {
    Diagnosis diagnosis = inSpark(new DiagnoseJob(run, data, chosen(), settings));
    System.out.print(json ? Json.write(diagnosis) : DiagnosisText.of(diagnosis) + "\n");
    return diagnosis.passes() ? CommandLines.OK : CommandLines.GATE;
  }
}
