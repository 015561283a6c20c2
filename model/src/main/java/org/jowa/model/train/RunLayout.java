package org.jowa.model.train;

import org.jowa.error.UsageException;

/**
 * What lies where in a run folder. Names are relative to it; methods give URIs of any Hadoop file
 * system.
 *
 * @param run the run folder
 */
public record RunLayout(String run) {
  /** The resolved configuration, and facts about the run. */
  public static final String CONFIG = "config.yaml";

  /** One JSON object for each logged step. */
  public static final String METRICS = "metrics.jsonl";

  /** What its driver does, while it trains. */
  public static final String STATUS = "status.json";

  /** The run on an MLflow server. */
  public static final String MLFLOW = "mlflow.json";

  /** Whether each stage has learned something. */
  public static final String DIAGNOSIS = "diagnosis.json";

  /** A folder for each evaluation, by name. */
  public static final String EVALUATIONS = "evaluation";

  /** The same of evaluations that chose a planner's settings. */
  public static final String TUNING = "tuning";

  /** Cuts slashes off the end. */
  public RunLayout {
    run = run.replaceAll("(?<=[^/:])/+$", "");
    if (run.isEmpty()) {
      throw new UsageException("The run folder's name is empty: give --run a folder");
    }
  }

  /** Folder of checkpoints. */
  public String checkpoints(Trained trained) {
    return run + "/" + trained.checkpoints();
  }

  /** Folder of TensorBoard's events. */
  public String events(Trained trained) {
    return run + "/tensorboard/" + trained.folder();
  }

  /** The file {@link #METRICS}. */
  public String metrics() {
    return run + "/" + METRICS;
  }
}
