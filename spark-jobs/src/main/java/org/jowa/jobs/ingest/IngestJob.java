package org.jowa.jobs.ingest;

import java.util.List;
import org.jowa.data.dataset.GameCheck;
import org.jowa.data.dataset.Ingest;
import org.jowa.data.dataset.IngestOptions;
import org.jowa.data.dataset.IngestPlan;
import org.jowa.data.dataset.IngestUnit;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.UnitPlan;
import org.jowa.data.dataset.UnitResult;
import org.jowa.data.replay.ReplayScan;
import org.jowa.data.storage.FolderLock;
import org.jowa.data.storage.Json;
import org.jowa.jobs.launch.SparkJobs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a data set of logs: scan, plan, write, check, commit, each but plan and commit in parallel
 * tasks. What travels between driver and tasks travels as JSON, which the data module's records are
 * made for.
 */
public final class IngestJob {
  private static final Logger LOG = LoggerFactory.getLogger(IngestJob.class);

  private final String out;
  private final IngestOptions options;

  /**
   * @param out folder or URI of the new data set
   */
  public IngestJob(String out, IngestOptions options) {
    this.out = out;
    this.options = options;
  }

  /**
   * Ingests; started again after it was killed, it does only what is missing.
   *
   * @throws org.jowa.error.InvalidInputException if a log is damaged, there is a data set already,
   *     or another ingest writes there
   */
  public Manifest run(SparkJobs jobs) {
    // Tasks get what they need, not this object.
    String folder = out;
    String settings = Json.write(options);
    Ingest ingest = ingest(folder, settings);
    List<String> units = ingest.units().stream().map(Json::write).toList();
    try (FolderLock lock = ingest.lock()) {
      return run(jobs, ingest, units, folder, settings, lock);
    }
  }

  private static Manifest run(
      SparkJobs jobs,
      Ingest ingest,
      List<String> units,
      String folder,
      String settings,
      FolderLock lock) {
    List<ReplayScan> scans =
        jobs
            .each(
                "scan logs",
                "logs",
                units.size(),
                units,
                (unit, progress) -> {
                  String scan =
                      Json.write(ingest(folder, settings).scan(read(unit, IngestUnit.class)));
                  progress.advance(1);
                  return scan;
                })
            .stream()
            .map(scan -> read(scan, ReplayScan.class))
            .toList();
    IngestPlan plan = ingest.plan(scans);
    List<String> plans = plan.units().stream().map(Json::write).toList();
    List<UnitResult> written =
        jobs
            .each(
                "write frames",
                "logs",
                plans.size(),
                plans,
                (unit, progress) -> {
                  String result =
                      Json.write(ingest(folder, settings).write(read(unit, UnitPlan.class)));
                  progress.advance(1);
                  return result;
                })
            .stream()
            .map(result -> read(result, UnitResult.class))
            .toList();
    Manifest draft = ingest.draft(plan, written);
    List<String> games = draft.games().stream().map(Manifest.GameStatistics::game).toList();
    List<GameCheck> checks =
        jobs
            .each(
                "read back",
                "games",
                games.size(),
                games,
                (game, progress) -> {
                  String check = Json.write(ingest(folder, settings).check(game));
                  progress.advance(1);
                  return check;
                })
            .stream()
            .map(check -> read(check, GameCheck.class))
            .toList();
    lock.requireHeld();
    Manifest manifest = ingest.commit(draft, checks);
    LOG.info(
        "{}: {} steps in {} episodes of {} games, {} lanes",
        folder,
        manifest.steps(),
        manifest.episodes(),
        manifest.games().size(),
        manifest.lanes().size());
    return manifest;
  }

  private static Ingest ingest(String out, String options) {
    return Ingest.of(out, read(options, IngestOptions.class), SparkJobs.hadoop());
  }

  private static <T> T read(String json, Class<T> type) {
    return Json.read(json, type, "a task's message");
  }
}
