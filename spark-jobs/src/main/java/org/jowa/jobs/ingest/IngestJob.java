package org.jowa.jobs.ingest;

import java.io.Serializable;
import java.util.List;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.SkippedSource;
import org.jowa.data.ingest.Ingest;
import org.jowa.data.ingest.IngestOptions;
import org.jowa.data.ingest.IngestPlan;
import org.jowa.data.ingest.IngestUnit;
import org.jowa.data.ingest.ScanResult;
import org.jowa.data.ingest.UnitResult;
import org.jowa.data.storage.FolderLock;
import org.jowa.data.storage.Json;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a data set of logs: scan, plan, write, join, commit, each but plan and commit in parallel
 * tasks.
 *
 * @param out folder or URI of the new data set
 */
public record IngestJob(String out, IngestOptions options) implements Job<Manifest> {
  private static final Logger LOG = LoggerFactory.getLogger(IngestJob.class);

  /**
   * Ingests; started again after it was killed, it does only what is missing.
   *
   * @throws org.jowa.error.InvalidInputException if a log is damaged, there is a data set already,
   *     or another ingest writes there
   */
  @Override
  public Manifest run(SparkJobs jobs) {
    // Tasks get what they need, not this object.
    String folder = out;
    String settings = Json.write(options);
    Ingest ingest = ingest(folder, settings);
    List<IngestUnit> units = ingest.units();
    try (FolderLock lock = ingest.lock()) {
      List<ScanResult> scans =
          each(jobs, "scan logs", "files", units, unit -> ingest(folder, settings).scan(unit));
      IngestPlan plan = ingest.plan(scans);
      List<UnitResult> written =
          each(
              jobs,
              "write frames",
              "files",
              plan.units(),
              unit -> ingest(folder, settings).write(unit));
      List<UnitResult> collected =
          each(
              jobs,
              "join episodes",
              "logs",
              plan.collects(written),
              run -> ingest(folder, settings).collect(run));
      lock.requireHeld();
      Manifest manifest = ingest.commit(plan, written, collected);
      report(folder, manifest);
      return manifest;
    }
  }

  private static void report(String folder, Manifest manifest) {
    for (SkippedSource skipped : manifest.provenance().skipped()) {
      LOG.warn(
          "Left out checkpoint {} of {} run {}: {}: {}",
          skipped.checkpoint(),
          skipped.game(),
          skipped.run(),
          skipped.file(),
          skipped.reason());
    }
    for (Manifest.Run run : manifest.provenance().runs()) {
      if (run.leftOut().headlessRows() > 0) {
        LOG.warn(
            "Left out {} rows of {} run {}: the files don't hold the beginning of their episodes",
            run.leftOut().headlessRows(),
            run.game(),
            run.run());
      }
    }
    LOG.info(
        "{}: {} steps in {} episodes of {} games, {} lanes",
        folder,
        manifest.steps(),
        manifest.episodes(),
        manifest.games().size(),
        manifest.lanes().size());
  }

  /** The work on one unit. */
  private interface Step<U, R> extends Serializable {
    R on(U unit);
  }

  private static <U, R> List<R> each(
      SparkJobs jobs, String label, String counted, List<U> units, Step<U, R> step) {
    return jobs.each(
        label,
        counted,
        units.size(),
        units,
        (unit, progress) -> {
          R result = step.on(unit);
          progress.advance(1);
          return result;
        });
  }

  private static Ingest ingest(String out, String options) {
    return Ingest.of(
        out, Json.read(options, IngestOptions.class, "a task's message"), SparkJobs.hadoop());
  }
}
