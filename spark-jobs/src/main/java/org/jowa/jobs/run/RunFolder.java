package org.jowa.jobs.run;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.storage.FolderLock;
import org.jowa.data.storage.Storage;
import org.jowa.data.storage.WholeFiles;
import org.jowa.error.InvalidInputException;
import org.jowa.error.ReportedException;
import org.jowa.error.StoreException;
import org.jowa.jobs.config.Config;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.train.RunLayout;
import org.jowa.model.train.Trained;

/** A folder, on any Hadoop file system, that holds all of one run. */
public final class RunFolder {
  /** Fact: address of the data set. */
  public static final String DATA = "data";

  /** Fact: address of the tokenizer's checkpoint. */
  public static final String TOKENIZER = "tokenizer";

  /** Fact: names of the games that were trained on, with commas between them. */
  public static final String GAMES = "games";

  /** Fact: content hash of the data set that was trained on. */
  public static final String DATA_HASH = "inputs/dataset";

  private static final String CONFIG = RunLayout.CONFIG;
  private static final String LOCK = "_train.lock";

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

  /** What lies where in it. */
  public RunLayout layout() {
    return new RunLayout(uri);
  }

  /** The folder's files. */
  public Storage storage() {
    return storage;
  }

  /**
   * Keeps other drivers from training this run until it is closed; take it before anything is
   * written. Where the driver before was killed that takes no time on a local disk and 20 s
   * elsewhere.
   *
   * @throws InvalidInputException if another driver trains it
   */
  public FolderLock lock() {
    try {
      return FolderLock.acquire(storage, LOCK, "training");
    } catch (FolderLock.HeldException e) {
      throw new InvalidInputException(e.getMessage() + holder(), e);
    }
  }

  /** Who trains, where that is known by now. */
  private String holder() {
    try {
      RunStatus status = RunStatus.read(this);
      return status.isGoingOn()
          ? String.format(
              Locale.ROOT,
              " It is application %s, %s, step %d of %d.",
              status.application(),
              status.command(),
              status.step(),
              status.total())
          : "";
    } catch (ReportedException e) {
      return "";
    }
  }

  /** A fact about the run that was written beside its configuration. */
  public Optional<String> fact(String name) {
    if (!storage.exists(CONFIG)) {
      return Optional.empty();
    }
    return Config.fact(new String(storage.read(CONFIG), StandardCharsets.UTF_8), name);
  }

  /** The games that were trained on; empty where neither the run nor its data set says so. */
  public Optional<Set<String>> games() {
    return fact(GAMES).map(games -> Set.of(games.split(","))).or(this::gamesOfData);
  }

  private Optional<Set<String>> gamesOfData() {
    return fact(DATA)
        .filter(data -> Dataset.exists(data, hadoop))
        .map(data -> Set.copyOf(Dataset.open(data, hadoop).games()));
  }

  /**
   * The configuration of what was trained here.
   *
   * @param remedy what to do where there is none
   * @throws InvalidInputException if there is none
   */
  public Config requireConfig(String remedy) {
    return config()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "No run in %s (%s is missing): %s".formatted(uri, CONFIG, remedy)));
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
   * @param facts what is known about the run beside its configuration
   * @throws StoreException if it can't be written, on a full disk for instance
   */
  public void record(Config config, Trained trained, Map<String, Object> facts) {
    String kept = trained.other().section();
    Config whole = config().map(old -> config.with(old.section(kept), uri)).orElse(config);
    byte[] yaml = whole.toYaml(facts).getBytes(StandardCharsets.UTF_8);
    if (storage.exists(CONFIG) && Arrays.equals(storage.read(CONFIG), yaml)) {
      return;
    }
    WholeFiles.write(storage, CONFIG, yaml);
  }

  /**
   * The newest whole checkpoint with the tokenizer: the model's, where it learned beside it, else
   * the tokenizer's own, or the one of another run that the model was trained with.
   *
   * @throws InvalidInputException if there is none
   */
  public Checkpoint tokenizer() {
    return findTokenizer()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "No tokenizer in %s: run bin/jowa train-tokenizer --run %s first, or name another run's with --tokenizer"
                        .formatted(uri, uri)));
  }

  /** The same where there may be none. */
  public Optional<Checkpoint> findTokenizer() {
    return jointModel()
        .or(this::ownTokenizer)
        .or(() -> fact(TOKENIZER).map(folder -> CheckpointStore.read(folder, hadoop)));
  }

  private Optional<Checkpoint> jointModel() {
    return newest(layout().checkpoints(Trained.WORLD)).filter(Checkpoint::hasTokenizer);
  }

  /**
   * The newest whole checkpoint of the folder's own tokenizer, if one was trained or copied here.
   */
  public Optional<Checkpoint> ownTokenizer() {
    return newest(layout().checkpoints(Trained.TOKENIZER));
  }

  /**
   * The newest whole checkpoint of the world-action model.
   *
   * @throws InvalidInputException if there is none
   */
  public Checkpoint model() {
    return newest(layout().checkpoints(Trained.WORLD))
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "No world-action model in %s: run bin/jowa pretrain --run %s first"
                        .formatted(uri, uri)));
  }

  /**
   * A checkpoint of the world-action model.
   *
   * @param which a step number or a checkpoint folder; empty for the newest whole one
   * @throws InvalidInputException if there is none, or it is not whole
   */
  public Checkpoint model(Optional<String> which) {
    return which
        .map(name -> name.matches("\\d+") ? step(Long.parseLong(name)) : name)
        .map(folder -> CheckpointStore.read(folder, hadoop))
        .orElseGet(this::model);
  }

  private String step(long step) {
    return String.format(Locale.ROOT, "%s/step-%08d", layout().checkpoints(Trained.WORLD), step);
  }

  private Optional<Checkpoint> newest(String checkpoints) {
    return CheckpointStore.open(checkpoints, hadoop).newest();
  }
}
