package org.jowa.jobs.diagnose;

import static java.util.Objects.requireNonNull;
import static org.jowa.env.game.Observation.SIDE;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.bytedeco.pytorch.Tensor;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameSample;
import org.jowa.data.dataset.MedianFrame;
import org.jowa.data.tokens.TokenSet;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.evaluate.TrainedAgent;
import org.jowa.jobs.progress.TaskProgress;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.diagnosis.ChangedTokens;
import org.jowa.model.diagnosis.ModelDiagnosis;
import org.jowa.model.diagnosis.Stage;
import org.jowa.model.diagnosis.StageFigures;
import org.jowa.model.diagnosis.TokenizerDiagnosis;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.DiagnoseSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.settings.WorldStage;
import org.jowa.model.tokenizer.FrameTokenizer;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jspecify.annotations.Nullable;

/**
 * Looks at what a run has learned, on held-out play: a Spark task for the tokenizer and one for the
 * model in each game.
 *
 * @param run URI of the run folder
 * @param data URI of the data set; empty for the one that the run names
 * @param stages that are looked at
 * @param settings {@code key=value} of the {@code diagnose} section that win over the run's
 */
public record DiagnoseJob(
    String run, Optional<String> data, Set<Stage> stages, List<String> settings)
    implements Job<Diagnosis> {
  /** Frames that go through the tokenizer together. */
  private static final int FRAMES = 16;

  /** Recorded frames that a free-running model is shown first, if its context has room for them. */
  private static final int SHOWN = 4;

  /** Rollouts are dear: one for so many sequences that are read. */
  private static final int SEQUENCES_A_ROLLOUT = 4;

  /** All that a task needs. */
  private record Unit(
      String data,
      String game,
      boolean ofTokenizer,
      TrainedTokenizer tokenizer,
      @Nullable String model,
      Config config)
      implements Serializable {}

  /** A frame and the one before it in its episode, 84 x 84 gray values each. */
  private record Pair(byte[] frame, byte @Nullable [] previous) {}

  /** What a task hands back. */
  private record Found(List<StageFigures> stages) {}

  /**
   * Measures, and writes {@code diagnosis.json} into the run folder.
   *
   * @throws InvalidInputException if tokenizer, model, data set, tokens or held-out episodes are
   *     missing or don't fit
   */
  @Override
  public Diagnosis run(SparkJobs jobs) {
    TorchRuntime.init();
    Configuration hadoop = SparkJobs.hadoop();
    RunFolder folder = RunFolder.at(run, hadoop);
    Config config = folder.requireConfig("give the folder of --run").with(settings);
    TrainedTokenizer tokenizer = TrainedTokenizer.of(folder.tokenizer());
    Optional<Checkpoint> model =
        stages.equals(Set.of(Stage.TOKENIZER)) ? Optional.empty() : Optional.of(model(folder));
    model.ifPresent(
        checkpoint ->
            tokenizer.requireOf(
                checkpoint, "tokenize and pretrain again, in a run folder of its own"));
    String address =
        data.or(() -> folder.fact(RunFolder.DATA))
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        "%s doesn't name its data set: give it with --data".formatted(run)));
    Dataset dataset = Dataset.open(address, hadoop);
    List<String> notes = new ArrayList<>();
    model.ifPresent(checkpoint -> checkData(checkpoint, dataset, notes));
    if (model.isPresent()) {
      TokenSet.open(dataset, tokenizer.hash());
    }
    List<String> games = games(dataset, notes);
    Set<String> trained =
        model.isPresent() ? trainedGames(folder, games, notes) : Set.copyOf(games);

    DiagnoseSettings how = config.settings().diagnose();
    List<Unit> units = new ArrayList<>();
    for (String game : games) {
      if (stages.contains(Stage.TOKENIZER)) {
        units.add(new Unit(address, game, true, tokenizer, null, config));
      }
      model
          .filter(of -> trained.contains(game))
          .ifPresent(
              of -> units.add(new Unit(address, game, false, tokenizer, of.location(), config)));
    }
    List<Found> found =
        jobs.each(
            "diagnose",
            "samples",
            units.stream()
                .mapToLong(unit -> unit.ofTokenizer() ? how.frames() : how.sequences())
                .sum(),
            units,
            DiagnoseJob::measure);
    List<StageFigures> figures = new ArrayList<>();
    found.forEach(part -> figures.addAll(part.stages()));
    boolean untrained =
        model.isPresent()
            && !config.settings().world().hasTrainedQ(WorldStage.of(model.get().state().stage()));
    if (untrained) {
      notes.add(
          "%s is of %s: Q-function and policy are not trained yet"
              .formatted(model.get().location(), model.get().state().stage()));
    }
    Diagnosis diagnosis =
        Diagnosis.of(
            dataset.contentHash(),
            tokenizer.hash(),
            model
                .map(
                    of ->
                        new Diagnosis.Model(of.state().step(), of.state().stage(), of.modelHash()))
                .orElse(null),
            Arrays.stream(Stage.values())
                .filter(stages::contains)
                .filter(stage -> !untrained || stage.compareTo(Stage.Q) < 0)
                .flatMap(stage -> figures.stream().filter(f -> f.stage() == stage))
                .map(f -> f.judged(how.gates()))
                .toList(),
            notes);
    diagnosis.write(folder.storage());
    return diagnosis;
  }

  private Checkpoint model(RunFolder folder) {
    try {
      return folder.model();
    } catch (InvalidInputException e) {
      throw new InvalidInputException(
          e.getMessage() + ", or look at the tokenizer alone with --stages tokenizer", e);
    }
  }

  /** Of another data set held-out episodes may have been trained on: whoever names it is told. */
  private void checkData(Checkpoint model, Dataset dataset, List<String> notes) {
    String trainedOn = model.state().inputs().get("dataset");
    if (trainedOn == null || trainedOn.equals(dataset.contentHash())) {
      return;
    }
    if (data.isEmpty()) {
      throw new InvalidInputException(
          "%s is not what %s was trained on: its content is %s, the model's %s; name the right one with --data"
              .formatted(dataset.storage(), run, dataset.contentHash(), trainedOn));
    }
    notes.add(
        "%s is not what %s was trained on: if they share episodes, some that are held out here were trained on"
            .formatted(dataset.storage(), run));
  }

  /** Those of some games that the model was trained on. */
  private Set<String> trainedGames(RunFolder folder, List<String> games, List<String> notes) {
    Set<String> trained = new TreeSet<>(games);
    folder.games().ifPresent(trained::retainAll);
    if (trained.isEmpty()) {
      throw new InvalidInputException(
          "The model of %s was trained on %s, none of which has held-out episodes in the data set: name another with --data, or look at the tokenizer alone with --stages tokenizer"
              .formatted(run, String.join(", ", new TreeSet<>(folder.games().orElseThrow()))));
    }
    games.stream()
        .filter(game -> !trained.contains(game))
        .forEach(
            game ->
                notes.add(
                    "Only the tokenizer was shown %s: the model was not trained on it"
                        .formatted(game)));
    return trained;
  }

  private static List<String> games(Dataset dataset, List<String> notes) {
    List<String> games = new ArrayList<>();
    for (String game : dataset.games()) {
      if (HeldOutGame.episodes(dataset, Games.byName(game)).isEmpty()) {
        notes.add(
            "%s was not looked at: it has no held-out episodes in %s, ingest more of its steps or with a larger --held-out"
                .formatted(game, dataset.storage()));
      } else {
        games.add(game);
      }
    }
    if (games.isEmpty()) {
      throw new InvalidInputException(
          "The data set %s has no held-out episodes: ingest again with a held-out fraction above 0."
              .formatted(dataset.storage()));
    }
    return games;
  }

  private static Found measure(Unit unit, TaskProgress progress) {
    TorchRuntime.init();
    TorchRuntime.setThreads(TaskContext.get().cpus());
    Dataset dataset = Dataset.open(unit.data(), SparkJobs.hadoop());
    DiagnoseSettings settings = unit.config().settings().diagnose();
    return new Found(
        unit.ofTokenizer()
            ? List.of(ofTokenizer(unit, dataset, settings, progress))
            : ofModel(unit, dataset, settings, progress));
  }

  private static StageFigures ofTokenizer(
      Unit unit, Dataset dataset, DiagnoseSettings settings, TaskProgress progress) {
    TokenizerDiagnosis figures = new TokenizerDiagnosis(MedianFrame.of(dataset, unit.game()));
    try (FrameTokenizer loaded = unit.tokenizer().load(SparkJobs.hadoop())) {
      FrameTokenizer tokenizer = loaded.forGame(Games.byName(unit.game()).id());
      List<Pair> frames = new ArrayList<>();
      FrameSample.heldOut(dataset, unit.game(), settings.frames())
          .forEachWithPrevious(
              (frame, previous) -> {
                frames.add(new Pair(frame.clone(), previous == null ? null : previous.clone()));
                if (frames.size() == FRAMES) {
                  add(figures, tokenizer, frames);
                  progress.advance(frames.size());
                  frames.clear();
                }
              });
      if (!frames.isEmpty()) {
        add(figures, tokenizer, frames);
        progress.advance(frames.size());
      }
    }
    return new StageFigures(Stage.TOKENIZER, unit.game(), figures.figures());
  }

  private static void add(TokenizerDiagnosis figures, FrameTokenizer tokenizer, List<Pair> frames) {
    int pixels = SIDE * SIDE;
    byte[] all = new byte[frames.size() * pixels];
    for (int i = 0; i < frames.size(); i++) {
      System.arraycopy(frames.get(i).frame(), 0, all, i * pixels, pixels);
    }
    try (StepScope scope = StepScope.inference()) {
      Tensor tokens = tokenizer.tokens(Tensors.of(all, frames.size(), SIDE, SIDE));
      float[] decoded = Tensors.floats(tokenizer.decode(tokens));
      long[] ids = Tensors.longs(tokens);
      for (int i = 0; i < frames.size(); i++) {
        int from = i * WorldConfig.FRAME_TOKENS;
        figures.add(
            frames.get(i).frame(),
            frames.get(i).previous(),
            LongStream.of(Arrays.copyOfRange(ids, from, from + WorldConfig.FRAME_TOKENS))
                .boxed()
                .toList(),
            Arrays.copyOfRange(decoded, i * pixels, (i + 1) * pixels));
      }
    }
  }

  private static List<StageFigures> ofModel(
      Unit unit, Dataset dataset, DiagnoseSettings settings, TaskProgress progress) {
    Game game = Games.byName(unit.game());
    WorldConfig sizes =
        unit.config().settings().world().withCodes(unit.tokenizer().codebookSize()).model();
    TokenSet tokens =
        TokenSet.open(dataset, unit.tokenizer().hash())
            .cachedIn(unit.config().settings().data().cache().open());
    Checkpoint checkpoint = CheckpointStore.read(requireNonNull(unit.model()), SparkJobs.hadoop());
    try (Safetensors weights = checkpoint.model();
        WorldDecoder decoder = WorldDecoder.of(sizes, weights::tensor);
        HeldOutGame heldOut =
            HeldOutGame.open(
                dataset,
                tokens,
                game,
                settings,
                unit.config().settings().seed(),
                TrainedAgent.discount(checkpoint.state(), unit.config()))) {
      ModelDiagnosis figures = new ModelDiagnosis(decoder, game);
      List<Choice.Place> places = heldOut.windows(sizes.blocks(), settings.sequences());
      AtomicLong read = new AtomicLong();
      heldOut.read(
          places,
          batch -> {
            figures.read(batch.windows(), batch.places().stream().map(Choice.Place::uses).toList());
            // Some places serve one use alone: there may be more of them than sequences asked for.
            long before = read.getAndAdd(batch.windows().size());
            progress.advance(
                settings.sequences() * read.get() / places.size()
                    - settings.sequences() * before / places.size());
          });
      if (sizes.blocks() > 1) {
        int shown = Math.min(SHOWN, sizes.blocks() - 1);
        int farthest = ChangedTokens.HORIZONS.get(ChangedTokens.HORIZONS.size() - 1);
        heldOut.read(
            heldOut.free(shown + farthest, Math.max(1, settings.sequences() / SEQUENCES_A_ROLLOUT)),
            batch -> figures.imagine(batch.windows(), shown));
      }
      return figures.figures();
    }
  }
}
