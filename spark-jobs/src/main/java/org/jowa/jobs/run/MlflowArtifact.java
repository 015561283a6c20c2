package org.jowa.jobs.run;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jowa.jobs.run.MlflowTracker.Pace;
import org.jowa.jobs.run.MlflowTracker.Sent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives files of a run to the MLflow server that {@link MlflowTracker} passed its metrics on to. As
 * with those, a server that doesn't take them costs nobody anything but a line in the log.
 */
public final class MlflowArtifact {
  private static final Logger LOG = LoggerFactory.getLogger(MlflowArtifact.class);

  private MlflowArtifact() {}

  /**
   * Sends a file, if there is such a server.
   *
   * @param name in the run folder, and among the artifacts
   */
  public static void send(RunFolder run, String name) {
    send(run, name, Pace.STANDARD.patience());
  }

  static void send(RunFolder run, String name, Duration patience) {
    Optional<Sent> sent = MlflowTracker.sent(run);
    if (sent.isEmpty()) {
      return;
    }
    String server = sent.get().server();
    try {
      new MlflowClient(URI.create(server), patience, System.getenv())
          .putArtifact(sent.get().runId(), name, run.storage().read(name));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "Can't give {} to the MLflow server {}: {}",
          name,
          server,
          e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }
  }
}
