package org.jowa.data.ingest;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.DatasetCard;
import org.jowa.data.dataset.EpisodeTable;
import org.jowa.data.dataset.Manifest;
import org.jowa.data.dataset.Shard;
import org.jowa.data.dataset.SkippedSource;
import org.jowa.data.dataset.StepTally;
import org.jowa.data.replay.CheckpointScan;
import org.jowa.data.replay.DamagedLogException;
import org.jowa.data.replay.ReplayLog;
import org.jowa.data.replay.ReplayLogReader;
import org.jowa.data.replay.ReplayLogs;
import org.jowa.data.replay.ReplayRows;
import org.jowa.data.replay.ReplayScan;
import org.jowa.data.storage.FolderLock;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Sha256;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;

/**
 * Makes a data set of replay logs. The steps in their order; those with a star are tasks that may
 * run anywhere and in any number, the others belong to one driver:
 *
 * <ol>
 *   <li>{@link #units}: which checkpoints there are
 *   <li>{@link #scan}*, a task a unit: lengths of episodes, from the small files
 *   <li>{@link #plan}: which episode goes to which lane and shard
 *   <li>{@link #write}*, a task a unit: streams the frames into shards
 *   <li>{@link #collect}*, a task a run: the episodes that straddle checkpoints
 *   <li>{@link #commit}: writes the manifest; before that there is no data set
 * </ol>
 *
 * <p>What tasks take and return are records that {@link Json} writes and reads. A task that runs
 * twice, at the same time even, writes equal bytes under the same names, each file appearing whole
 * and never vanishing again; an ingest that was killed and is started again with the same options
 * does only the units that are missing.
 */
public final class Ingest {

  private static final String LOCK = "_ingest.lock";

  /** Of {@link UnitResult}: tasks' results of another version are made again. */
  private static final String RESULT_VERSION = "2";

  private final IngestOptions options;
  private final Configuration configuration;
  private final Storage dataset;

  private Ingest(IngestOptions options, Configuration configuration, Storage dataset) {
    this.options = options;
    this.configuration = configuration;
    this.dataset = dataset;
  }

  /**
   * @param out folder or URI of the new data set
   */
  public static Ingest of(String out, IngestOptions options, Configuration configuration) {
    return new Ingest(options, configuration, Storage.at(out, configuration));
  }

  private ReplayLogs logs() {
    return ReplayLogs.at(options.source(), configuration);
  }

  /**
   * The checkpoints that this ingest reads, in the order of games, runs and checkpoints. With
   * steps-per-game it draws two of each game's runs.
   *
   * @throws InvalidInputException when there is a data set already, no log of a game, or a file is
   *     missing and none may be skipped
   */
  public List<IngestUnit> units() {
    requireNoDataset();
    ReplayLogs logs = logs();
    List<Game> games =
        options.games().isEmpty()
            ? logs.games()
            : options.games().stream().map(Games::byName).toList();
    List<List<Integer>> runs = new ArrayList<>();
    for (Game game : games) {
      List<Integer> found = logs.runs(game);
      if (found.isEmpty()) {
        throw new InvalidInputException(
            "No replay log of %s in %s: expected %s/1/replay_logs."
                .formatted(game.name(), options.source(), game.name()));
      }
      runs.add(found);
    }
    List<List<Integer>> taken =
        options.stepsPerGame() == null ? runs : EpisodeSampler.drawRuns(options.seed(), runs);
    List<IngestUnit> units = new ArrayList<>();
    for (int i = 0; i < games.size(); i++) {
      int before = units.size();
      for (int run : taken.get(i)) {
        units.addAll(units(logs.log(games.get(i), run)));
      }
      if (units.size() == before) {
        throw new InvalidInputException(
            "The logs of %s in %s have only checkpoint 0, which the reference's rows leave out: leave the game out or take joined rows."
                .formatted(games.get(i).name(), options.source()));
      }
    }
    return units;
  }

  private List<IngestUnit> units(ReplayLog log) {
    if (options.onBadSource() == BadSource.FAIL && !log.incomplete().isEmpty()) {
      throw log.missing(log.incomplete().get(0));
    }
    List<IngestUnit> units = new ArrayList<>();
    log.checkpoints()
        .forEach(n -> units.add(new IngestUnit(log.game().name(), log.run(), n, true)));
    log.incomplete()
        .forEach(n -> units.add(new IngestUnit(log.game().name(), log.run(), n, false)));
    units.sort(Comparator.comparingInt(IngestUnit::checkpoint));
    // The reference starts at 1.
    units.removeIf(unit -> options.rows() == ReplayRows.REFERENCE && unit.checkpoint() == 0);
    return units;
  }

  /**
   * Keeps other ingests out of the folder until it is closed; take it before writing.
   *
   * @throws InvalidInputException when another ingest writes there, or has just finished
   */
  public FolderLock lock() {
    FolderLock lock = FolderLock.acquire(dataset, LOCK, "ingest");
    try {
      requireNoDataset();
      return lock;
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private void requireNoDataset() {
    if (dataset.exists(Manifest.FILE_NAME)) {
      throw new InvalidInputException(
          "There is a data set in %s already: delete it or choose another --out."
              .formatted(dataset));
    }
  }

  /**
   * @throws DamagedLogException when a file of the log is damaged and none may be skipped
   */
  public ScanResult scan(IngestUnit unit) {
    try {
      ReplayLog log = logs().log(Games.byName(unit.game()), unit.run());
      if (!unit.complete()) {
        throw log.missing(unit.checkpoint());
      }
      ReplayLogReader reader = ReplayLogReader.of(log, options.rows());
      return new ScanResult(unit, reader.scan(unit.checkpoint()), null);
    } catch (DamagedLogException e) {
      if (options.onBadSource() == BadSource.FAIL) {
        throw e;
      }
      return new ScanResult(unit, null, unit.skipped(e, null));
    }
  }

  /**
   * @param results in the order of {@link #units}
   * @throws InvalidInputException when a game has no ended episode
   */
  public IngestPlan plan(List<ScanResult> results) {
    Map<String, List<CheckpointScan>> scansOfRuns = new LinkedHashMap<>();
    for (ScanResult result : results) {
      if (result.scan() != null) {
        String run = result.unit().game() + "/" + result.unit().run();
        scansOfRuns.computeIfAbsent(run, r -> new ArrayList<>()).add(result.scan());
      }
    }
    ReplayLogs logs = logs();
    List<ReplayScan> scans = new ArrayList<>();
    for (List<CheckpointScan> ofRun : scansOfRuns.values()) {
      CheckpointScan first = ofRun.get(0);
      scans.add(
          ReplayScan.join(
              ofRun, options.rows(), logs.recording(Games.byName(first.game()), first.run())));
    }
    List<String> games = results.stream().map(result -> result.unit().game()).distinct().toList();
    List<SkippedSource> skipped =
        results.stream().map(ScanResult::skipped).filter(Objects::nonNull).toList();
    return IngestPlan.of(options, games, scans, skipped);
  }

  /**
   * @throws DamagedLogException when a file of the log is damaged and none may be skipped
   */
  public UnitResult write(UnitPlan plan) {
    String name =
        String.format(Locale.ROOT, "%s-%d-%02d", plan.game(), plan.run(), plan.checkpoint());
    return once(
        name,
        plan,
        () -> {
          ReplayLog log = logs().log(Games.byName(plan.game()), plan.run());
          try {
            return UnitTask.run(dataset, log, plan);
          } catch (DamagedLogException e) {
            if (options.onBadSource() == BadSource.FAIL) {
              throw e;
            }
            SkippedSource skipped = plan.unit().skipped(e, plan.episodes().size());
            return new UnitResult(
                plan.game(),
                plan.run(),
                plan.checkpoint(),
                List.of(),
                List.of(),
                new StepTally().counts(),
                0,
                null,
                Map.of(),
                skipped);
          }
        });
  }

  /** Writes the episodes of a run that straddle checkpoints, and the held-out ones. */
  public UnitResult collect(CollectPlan plan) {
    String name = String.format(Locale.ROOT, "%s-%d-collect", plan.game(), plan.run());
    return once(name, plan, () -> CollectTask.run(dataset, plan));
  }

  /** Does work unless its result is there from before. */
  private UnitResult once(String name, Object plan, Supplier<UnitResult> work) {
    String key = Sha256.of(RESULT_VERSION + Json.write(plan)).substring(0, 16);
    String done = "%s/%s-%s.json".formatted(UnitPlan.WORK_FOLDER, name, key);
    if (dataset.exists(done)) {
      UnitResult result = Json.read(dataset.read(done), UnitResult.class, dataset.describe(done));
      if (result.files().stream().allMatch(this::isThere)) {
        return result;
      }
    }
    UnitResult result = work.get();
    if (result.skipped() == null) {
      WholeFiles.writeOnce(dataset, done, Json.bytes(result));
    }
    return result;
  }

  private boolean isThere(Shard shard) {
    return dataset.length(shard.path()).filter(bytes -> bytes == shard.bytes()).isPresent();
  }

  /**
   * Completes the data set and removes what killed tasks left.
   *
   * @param written in the order of the plan's units
   * @param collected one for each plan of {@link IngestPlan#collects}
   * @throws InvalidInputException when so much was skipped that a lane is empty
   */
  public Manifest commit(IngestPlan plan, List<UnitResult> written, List<UnitResult> collected) {
    ManifestBuilder builder = new ManifestBuilder(plan, written, collected);
    byte[] episodes = builder.episodes().bytes();
    Manifest manifest = builder.manifest(episodes);
    for (Shard shard : manifest.shards()) {
      if (!isThere(shard)) {
        throw new InvalidInputException(
            "The shard %s vanished while the data set was made: run the same command again."
                .formatted(dataset.describe(shard.path())));
      }
    }
    for (Manifest.Lane lane : manifest.lanes()) {
      if (lane.episodes() == 0) {
        throw new InvalidInputException(
            String.format(
                Locale.ROOT,
                "Lane %d of %d is empty without the sources that were skipped: choose fewer --lanes.",
                lane.lane(),
                manifest.lanes().size()));
      }
    }
    deleteOthers(manifest.shards());
    WholeFiles.write(dataset, EpisodeTable.FILE_NAME, episodes);
    WholeFiles.write(
        dataset, DatasetCard.FILE_NAME, DatasetCard.of(manifest).getBytes(StandardCharsets.UTF_8));
    WholeFiles.write(dataset, Manifest.FILE_NAME, Json.bytes(manifest));
    dataset.delete(UnitPlan.WORK_FOLDER);
    return manifest;
  }

  private void deleteOthers(List<Shard> shards) {
    Set<String> wanted = shards.stream().map(Shard::path).collect(Collectors.toSet());
    for (String lane : dataset.folder("frames").list()) {
      for (String name : dataset.folder("frames/" + lane).list()) {
        String path = "frames/" + lane + "/" + name;
        if (!wanted.contains(path)) {
          dataset.delete(path);
        }
      }
    }
  }

  /**
   * All steps in this JVM.
   *
   * @param threads tasks at a time
   * @throws InvalidInputException as the steps do
   */
  public Manifest run(int threads) {
    List<IngestUnit> units = units();
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try (FolderLock lock = lock()) {
      IngestPlan plan = plan(all(executor, units.stream().map(u -> task(() -> scan(u)))));
      List<UnitResult> written =
          all(executor, plan.units().stream().map(u -> task(() -> write(u))));
      List<UnitResult> collected =
          all(executor, plan.collects(written).stream().map(u -> task(() -> collect(u))));
      lock.requireHeld();
      return commit(plan, written, collected);
    } finally {
      executor.shutdownNow();
    }
  }

  private static <T> Callable<T> task(Callable<T> task) {
    return task;
  }

  private static <T> List<T> all(
      ExecutorService executor, java.util.stream.Stream<Callable<T>> tasks) {
    List<Future<T>> futures = tasks.map(executor::submit).toList();
    List<T> results = new ArrayList<>();
    for (Future<T> future : futures) {
      try {
        results.add(future.get());
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while ingesting", e);
      }
    }
    return results;
  }
}
