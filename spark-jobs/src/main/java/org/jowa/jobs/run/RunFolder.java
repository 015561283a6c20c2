package org.jowa.jobs.run;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.config.Config;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.train.RunPaths;

/** A folder, on any Hadoop file system, that holds all of one run. */
public final class RunFolder {
  private static final String CONFIG = "config.yaml";

  private final String uri;
  private final Storage storage;
  private final Configuration hadoop;

  private RunFolder(String uri, Configuration hadoop) {
    this.uri = uri;
    this.storage = Storage.at(uri, hadoop);
    this.hadoop = hadoop;
  }

  /** The run at a path or URI, which may not be there yet. */
  public static RunFolder at(String uri, Configuration hadoop) {
    return new RunFolder(uri, hadoop);
  }

  /** Path or URI, as the user gave it. */
  public String uri() {
    return uri;
  }

  /** Where training puts its parts. */
  public RunPaths paths() {
    return new RunPaths(uri);
  }

  /** The folder's files. */
  public Storage storage() {
    return storage;
  }

  /** The configuration of what was trained here so far. */
  public Optional<Config> config() {
    if (!storage.exists(CONFIG)) {
      return Optional.empty();
    }
    String yaml = new String(storage.read(CONFIG), StandardCharsets.UTF_8);
    return Optional.of(Config.parse(yaml, storage.describe(CONFIG)));
  }

  /**
   * Writes {@code config.yaml}: this configuration for the section that is trained now, the one on
   * record for what was trained before.
   *
   * @param trained {@code tokenizer} or {@code world}
   * @param facts what is known about the run beside its configuration
   */
  public void record(Config config, String trained, Map<String, Object> facts) {
    String kept = trained.equals("tokenizer") ? "world" : "tokenizer";
    Config whole = config().map(old -> config.withSectionOf(old, kept)).orElse(config);
    Map<String, Object> run = new LinkedHashMap<>(facts);
    storage.writeAtomically(CONFIG, whole.toYaml(run).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The newest whole checkpoint of the tokenizer.
   *
   * @throws InvalidInputException if there is none
   */
  public Checkpoint tokenizer() {
    return newest(paths().tokenizerCheckpoints())
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "No tokenizer in %s: run bin/jowa train-tokenizer --run %s first, or name another run's with --tokenizer"
                        .formatted(uri, uri)));
  }

  /**
   * The newest whole checkpoint of the world-action model.
   *
   * @throws InvalidInputException if there is none
   */
  public Checkpoint model() {
    return newest(paths().modelCheckpoints())
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "No world-action model in %s: run bin/jowa pretrain --run %s first"
                        .formatted(uri, uri)));
  }

  private Optional<Checkpoint> newest(String checkpoints) {
    return CheckpointStore.open(checkpoints, hadoop).newest();
  }
}
