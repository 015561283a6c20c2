package org.jowa.data.dataset;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.replay.ReplayLogReader;
import org.jowa.data.replay.ReplayLogs;
import org.jowa.data.replay.ReplayScan;
import org.jowa.data.storage.FolderLock;
import org.jowa.data.storage.Json;
import org.jowa.data.storage.Sha256;
import org.jowa.data.storage.Storage;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;

/**
 * Makes a data set of replay logs. The steps in their order; those with a star are tasks that may
 * run anywhere and in any number, the others belong to one driver:
 *
 * <ol>
 *   <li>{@link #units}: which runs there are
 *   <li>{@link #scan}*, a task a unit: lengths of episodes, from the small files
 *   <li>{@link #plan}: which episode goes to which lane
 *   <li>{@link #write}*, a task a unit: streams the frames into shards
 *   <li>{@link #draft}: the manifest, not in its place yet
 *   <li>{@link #check}*, a task a game: reads everything back
 *   <li>{@link #commit}: puts the manifest in its place; before that there is no data set
 * </ol>
 *
 * <p>What tasks take and return are records that {@link Json} writes and reads. A task that runs
 * twice writes equal bytes under the same names, each file appearing whole; an ingest that was
 * killed and is started again with the same options does only the units that are missing.
 */
public final class Ingest {
  private static final String WORK_FOLDER = "_ingest";
  private static final String LOCK = "_ingest.lock";
  private static final String DRAFT = WORK_FOLDER + "/manifest.json";

  private final IngestOptions options;
  private final Storage source;
  private final Storage dataset;

  private Ingest(IngestOptions options, Storage source, Storage dataset) {
    this.options = options;
    this.source = source;
    this.dataset = dataset;
  }

  /**
   * @param out folder or URI of the new data set
   */
  public static Ingest of(String out, IngestOptions options, Configuration configuration) {
    return new Ingest(
        options, Storage.at(options.source(), configuration), Storage.at(out, configuration));
  }

  /**
   * The runs that this ingest reads, in the order of games and runs. With steps-per-game it draws
   * two of each game's.
   *
   * @throws InvalidInputException when there is a data set already, or no log of a game
   */
  public List<IngestUnit> units() {
    requireNoDataset();
    ReplayLogs logs = ReplayLogs.at(source);
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
                .formatted(game.name(), source, game.name()));
      }
      runs.add(found);
    }
    List<List<Integer>> taken =
        options.stepsPerGame() == null ? runs : EpisodeSampler.drawRuns(options.seed(), runs);
    List<IngestUnit> units = new ArrayList<>();
    for (int i = 0; i < games.size(); i++) {
      for (int run : taken.get(i)) {
        units.add(new IngestUnit(games.get(i).name(), run));
      }
    }
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
   * @throws InvalidInputException when a file of the log is damaged
   */
  public ReplayScan scan(IngestUnit unit) {
    Game game = Games.byName(unit.game());
    return ReplayLogReader.of(ReplayLogs.at(source).log(game, unit.run()), options.rows()).scan();
  }

  /**
   * @param scans in the order of {@link #units}
   */
  public IngestPlan plan(List<ReplayScan> scans) {
    return IngestPlan.of(options, scans);
  }

  /**
   * @throws InvalidInputException when a file of the log is damaged
   */
  public UnitResult write(UnitPlan plan) {
    String done =
        "%s/%s-%d-%s.json"
            .formatted(
                WORK_FOLDER,
                plan.unit().game(),
                plan.unit().run(),
                Sha256.of(Json.write(plan)).substring(0, 16));
    if (dataset.exists(done)) {
      UnitResult result = Json.read(dataset.read(done), UnitResult.class, dataset.describe(done));
      if (result.shards().stream().allMatch(this::isThere)) {
        return result;
      }
    }
    UnitResult result = UnitTask.run(dataset, source, plan);
    dataset.writeAtomically(done, Json.bytes(result));
    return result;
  }

  private boolean isThere(Shard shard) {
    return dataset.length(shard.path()).filter(bytes -> bytes == shard.bytes()).isPresent();
  }

  /**
   * @param results in the order of the plan's units
   */
  public Manifest draft(IngestPlan plan, List<UnitResult> results) {
    ManifestBuilder builder = new ManifestBuilder(plan, results);
    byte[] episodes = builder.episodes().bytes();
    Manifest draft = builder.draft(episodes);
    dataset.writeAtomically(EpisodeTable.FILE_NAME, episodes);
    dataset.writeAtomically(DRAFT, Json.bytes(draft));
    return draft;
  }

  /** Reads all rows of a game back and compares them with the draft. */
  public GameCheck check(String game) {
    Dataset written = Dataset.open(dataset, DRAFT);
    return GameVerifier.verify(dataset, written.manifest(), written.episodes(), game);
  }

  /**
   * Completes the data set and removes what killed tasks left.
   *
   * @param checks one a game
   */
  public Manifest commit(Manifest draft, List<GameCheck> checks) {
    Manifest manifest = ManifestBuilder.complete(draft, checks);
    Set<String> shards = new HashSet<>();
    manifest.shards().forEach(shard -> shards.add(shard.path()));
    for (String lane : dataset.folder("frames").list()) {
      for (String name : dataset.folder("frames/" + lane).list()) {
        String path = "frames/" + lane + "/" + name;
        if (!shards.contains(path)) {
          dataset.delete(path);
        }
      }
    }
    dataset.writeAtomically(Manifest.FILE_NAME, Json.bytes(manifest));
    dataset.delete(WORK_FOLDER);
    return manifest;
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
      List<ReplayScan> scans = all(executor, units.stream().map(u -> task(() -> scan(u))));
      IngestPlan plan = plan(scans);
      List<UnitResult> results =
          all(executor, plan.units().stream().map(u -> task(() -> write(u))));
      Manifest draft = draft(plan, results);
      List<GameCheck> checks =
          all(executor, draft.games().stream().map(g -> task(() -> check(g.game()))));
      lock.requireHeld();
      return commit(draft, checks);
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
