package org.jowa.jobs.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.train.RunPaths;

/**
 * Finds what a run's report needs outside the run folder and writes it. Data set and tokenizer are
 * those that {@code config.yaml} names under {@code run.data} and {@code run.tokenizer}, unless the
 * caller gives others; without them the report says that they are missing.
 */
public final class ReportJob {
  private final Storage run;
  private final String uri;
  private final Configuration hadoop;
  private final Optional<String> data;
  private final JsonNode facts;

  private ReportJob(String uri, Optional<String> data, Configuration hadoop) {
    this.uri = uri;
    this.run = Storage.at(uri, hadoop);
    this.hadoop = hadoop;
    this.facts = facts(run);
    this.data = data.or(() -> fact("data"));
  }

  /**
   * Writes the report into the run folder.
   *
   * @param run address of the run folder
   * @param data address of its data set; empty to take the one that the run names
   * @return the headline, one sentence a line, for the console
   * @throws InvalidInputException if {@code run} is not a run folder
   */
  public static String write(String run, Optional<String> data, Configuration hadoop) {
    ReportJob job = new ReportJob(run, data, hadoop);
    return Report.write(
        job.run,
        () -> job.dataset().manifest(),
        () -> new TokenizerReconstructions(job.dataset(), job.tokenizer()).reconstructions());
  }

  private Dataset dataset() {
    String folder =
        data.orElseThrow(
            () ->
                new InvalidInputException(
                    "the run does not name its data set: give it with --data"));
    Dataset dataset = Dataset.open(folder, hadoop);
    String trainedOn = facts.path("inputs").path("dataset").asText(dataset.contentHash());
    if (!trainedOn.equals(dataset.contentHash())) {
      throw new InvalidInputException(
          "%s is not what the run was trained on: its content is %s, the run's %s"
              .formatted(folder, dataset.contentHash(), trainedOn));
    }
    return dataset;
  }

  /** The run's own tokenizer, else the one that it shares. */
  private Checkpoint tokenizer() {
    Optional<Checkpoint> own =
        CheckpointStore.open(new RunPaths(uri).tokenizerCheckpoints(), hadoop).newest();
    return own.or(() -> fact("tokenizer").map(folder -> CheckpointStore.read(folder, hadoop)))
        .orElseThrow(() -> new InvalidInputException("the run has no tokenizer checkpoint"));
  }

  private Optional<String> fact(String name) {
    return Optional.ofNullable(facts.path(name).textValue());
  }

  private static JsonNode facts(Storage run) {
    ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
    if (run.length("config.yaml").isEmpty()) {
      return yaml.createObjectNode();
    }
    try {
      return yaml.readTree(run.read("config.yaml")).path("run");
    } catch (IOException e) {
      // The page shows the text as it is; only the links in it are lost.
      return yaml.createObjectNode();
    }
  }
}
