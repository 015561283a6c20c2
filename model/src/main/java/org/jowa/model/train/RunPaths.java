package org.jowa.model.train;

import org.jowa.error.UsageException;

/**
 * Where training puts things in a run folder, as URIs of any Hadoop file system.
 *
 * @param run the run folder
 */
public record RunPaths(String run) {
  /** Cuts slashes off the end. */
  public RunPaths {
    run = run.replaceAll("(?<=[^/:])/+$", "");
    if (run.isEmpty()) {
      throw new UsageException("The run folder's name is empty: give --run a folder");
    }
  }

  /** Folder of the tokenizer's checkpoints. */
  public String tokenizerCheckpoints() {
    return run + "/tokenizer/checkpoints";
  }

  /** Folder of the world-action model's checkpoints. */
  public String modelCheckpoints() {
    return run + "/model/checkpoints";
  }

  /** Folder of the tokenizer's TensorBoard events. */
  public String tokenizerEvents() {
    return run + "/tensorboard/tokenizer";
  }

  /** Folder of the world-action model's TensorBoard events. */
  public String modelEvents() {
    return run + "/tensorboard/model";
  }

  /** The file with one JSON object for each logged step. */
  public String metrics() {
    return run + "/metrics.jsonl";
  }
}
