package org.jowa.jobs.report;

import java.util.Optional;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.run.MlflowArtifact;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.checkpoint.Checkpoint;

/**
 * Finds what a run's report needs outside the run folder and writes it. Data set and tokenizer are
 * those that {@code config.yaml} names under {@code run.data} and {@code run.tokenizer}; without
 * them the report says that they are missing.
 *
 * @param run address of the run folder
 * @param data address of its data set; empty to take the one that the run names
 */
public record ReportJob(String run, Optional<String> data) implements Job<String> {
  /**
   * Writes the report into the run folder.
   *
   * @return the headline, one sentence a line, for the console
   * @throws InvalidInputException if {@code run} is not a run folder, or {@code data} is given and
   *     not the data set that it was trained on
   */
  @Override
  public String run(SparkJobs jobs) {
    return write(SparkJobs.hadoop());
  }

  String write(Configuration hadoop) {
    RunFolder folder = RunFolder.at(run, hadoop);
    Optional<Dataset> given = data.map(place -> dataset(folder, place, hadoop));
    Supplier<Dataset> dataset = () -> given.orElseGet(() -> named(folder, hadoop));
    String headline =
        Report.write(
            folder.storage(),
            () -> dataset.get().manifest(),
            () -> new TokenizerReconstructions(dataset.get(), tokenizer(folder)).reconstructions());
    MlflowArtifact.send(folder, Report.HTML);
    return headline;
  }

  private static Dataset named(RunFolder run, Configuration hadoop) {
    String folder =
        run.fact(RunFolder.DATA)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "the run does not name its data set: give it with --data"));
    return dataset(run, folder, hadoop);
  }

  private static Dataset dataset(RunFolder run, String folder, Configuration hadoop) {
    Dataset dataset = Dataset.open(folder, hadoop);
    String trainedOn = run.fact(RunFolder.DATA_HASH).orElse(dataset.contentHash());
    if (!trainedOn.equals(dataset.contentHash())) {
      throw new InvalidInputException(
          "%s is not what the run was trained on: its content is %s, the run's %s"
              .formatted(folder, dataset.contentHash(), trainedOn));
    }
    return dataset;
  }

  private static Checkpoint tokenizer(RunFolder run) {
    return run.findTokenizer()
        .orElseThrow(() -> new InvalidInputException("the run has no tokenizer checkpoint"));
  }
}
