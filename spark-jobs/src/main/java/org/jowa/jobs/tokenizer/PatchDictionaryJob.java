package org.jowa.jobs.tokenizer;

import static org.jowa.env.game.Observation.SIDE;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.dataset.Dataset;
import org.jowa.data.dataset.FrameSample;
import org.jowa.data.storage.FolderLock;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.Versions;
import org.jowa.jobs.spark.Job;
import org.jowa.jobs.spark.SparkJobs;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.diagnosis.SmallObjects;
import org.jowa.model.patches.PatchCounts;
import org.jowa.model.patches.PatchDictionary;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.tokenizer.PatchTokenizer;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.train.PatchTraining;
import org.jowa.model.train.Trained;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a tokenizer of the patches that a data set's frames consist of: tasks count, the driver
 * adds up, chooses the codes and looks at held-out frames through them.
 *
 * @param data URI of the data set
 * @param run URI of the run folder
 * @param config resolved
 */
record PatchDictionaryJob(String data, String run, Config config) implements Job<Checkpoint> {
  private static final Logger LOG = LoggerFactory.getLogger(PatchDictionaryJob.class);

  /** Frames of a game whose patches are counted, at most. */
  private static final int MOST_FRAMES = 16_384;

  /** Frames that a task counts: a message of 7 MiB at the very most. */
  private static final int FRAMES_A_TASK = 1024;

  /** Held-out frames of a game that the codes are tried on, at most. */
  private static final int MOST_HELD_OUT = 256;

  private static final int WHITE = 255;

  /** Frames {@code [from, to)} of a game's sample. */
  private record Part(String game, int from, int to) implements Serializable {}

  /** Makes the dictionary, unless the run has it. */
  @Override
  public Checkpoint run(SparkJobs jobs) {
    Configuration hadoop = SparkJobs.hadoop();
    Dataset dataset = Dataset.open(data, hadoop);
    RunFolder folder = RunFolder.at(run, hadoop);
    TokenizerSettings settings = config.settings().tokenizer().trainable();
    Map<String, String> inputs = Map.of("dataset", dataset.contentHash());
    PatchTraining training =
        new PatchTraining(folder.layout(), hadoop, inputs, config.settings().seed(), settings);
    TorchRuntime.init();
    Optional<Checkpoint> finished = training.finished();
    if (finished.isPresent()) {
      LOG.info("Already finished: {} has its patches", run);
      return finished.get();
    }
    try (FolderLock lock = folder.lock()) {
      return make(jobs, dataset, folder, inputs, training, lock);
    }
  }

  private Checkpoint make(
      SparkJobs jobs,
      Dataset dataset,
      RunFolder folder,
      Map<String, String> inputs,
      PatchTraining training,
      FolderLock lock) {
    int size = config.settings().tokenizer().model().codebookSize();
    folder.record(
        config,
        Trained.TOKENIZER,
        Map.of("versions", Versions.current(), "inputs", inputs, "data", data));
    byte[][] codes = PatchDictionary.choose(counts(jobs, dataset), size);
    if (codes.length < size) {
      LOG.info(
          "The frames have {} different patches, so there are as many codes, not {}",
          codes.length,
          size);
    }
    try (PatchTokenizer tokenizer = PatchTokenizer.of(codes)) {
      Map<String, Map<String, Double>> games = new LinkedHashMap<>();
      for (Map.Entry<String, byte[]> median :
          MedianFrames.of(jobs, data, heldOut(dataset)).entrySet()) {
        games.put(median.getKey(), tryOn(tokenizer, dataset, median.getKey(), median.getValue()));
      }
      lock.requireHeld();
      Checkpoint checkpoint = training.save(tokenizer, means(games.values()), games);
      LOG.info("Wrote {}: {} codes", checkpoint, codes.length);
      return checkpoint;
    }
  }

  /** Counts of each game, in the order of the data set's games. */
  private List<PatchCounts> counts(SparkJobs jobs, Dataset dataset) {
    String uri = data;
    List<Part> parts = new ArrayList<>();
    for (String game : dataset.games()) {
      int frames = FrameSample.training(dataset, game, MOST_FRAMES).size();
      for (int from = 0; from < frames; from += FRAMES_A_TASK) {
        parts.add(new Part(game, from, Math.min(frames, from + FRAMES_A_TASK)));
      }
    }
    List<byte[]> counted =
        jobs.each(
            "count patches",
            "frames",
            parts.stream().mapToLong(part -> part.to() - part.from()).sum(),
            parts,
            (part, progress) -> {
              PatchCounts counts = new PatchCounts();
              FrameSample.training(Dataset.open(uri, SparkJobs.hadoop()), part.game(), MOST_FRAMES)
                  .forEach(part.from(), part.to(), counts::add);
              progress.advance(part.to() - part.from());
              return counts.toBytes();
            });
    Map<String, PatchCounts> games = new LinkedHashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      games
          .computeIfAbsent(parts.get(i).game(), game -> new PatchCounts())
          .add(PatchCounts.fromBytes(counted.get(i)));
    }
    games.forEach(
        (game, counts) ->
            LOG.info(
                "{}: {} different patches in {} frames", game, counts.distinct(), counts.frames()));
    return List.copyOf(games.values());
  }

  /** The games that have held-out frames. */
  private static List<String> heldOut(Dataset dataset) {
    return dataset.games().stream()
        .filter(
            game ->
                dataset.manifest().shards().stream()
                    .anyMatch(shard -> shard.isHeldOut() && shard.game().equals(game)))
        .toList();
  }

  private static Map<String, Double> tryOn(
      PatchTokenizer tokenizer, Dataset dataset, String game, byte[] median) {
    SmallObjects objects = new SmallObjects(median);
    List<SmallObjects.Counts> counts = new ArrayList<>();
    double[] differences = new double[1];
    FrameSample.heldOut(dataset, game, MOST_HELD_OUT)
        .forEach(
            frame -> {
              byte[] decoded = throughTokens(tokenizer, frame);
              counts.add(objects.compare(frame, decoded));
              for (int pixel = 0; pixel < frame.length; pixel++) {
                differences[0] += Math.abs((frame[pixel] & 0xff) - (decoded[pixel] & 0xff));
              }
            });
    SmallObjects.Counts sum =
        counts.stream().reduce(SmallObjects.Counts.NONE, SmallObjects.Counts::plus);
    // In [-1, 1] space, as a trained tokenizer's.
    double reconstruction = 2 * differences[0] / WHITE / ((double) counts.size() * SIDE * SIDE);
    LOG.info(
        "{}: {} of {} small moving things found again in {} held-out frames, reconstruction {}",
        game,
        sum.found(),
        sum.things(),
        counts.size(),
        String.format(Locale.ROOT, "%.4g", reconstruction));
    Map<String, Double> figures = new TreeMap<>();
    figures.put("reconstruction", reconstruction);
    if (sum.things() > 0) {
      figures.put("smallObjectRecall", sum.recall());
    }
    return figures;
  }

  /** Of each figure over the games that have it. */
  private static Map<String, Double> means(Collection<Map<String, Double>> games) {
    return games.stream()
        .flatMap(game -> game.entrySet().stream())
        .collect(
            Collectors.groupingBy(
                Map.Entry::getKey, TreeMap::new, Collectors.averagingDouble(Map.Entry::getValue)));
  }

  private static byte[] throughTokens(PatchTokenizer tokenizer, byte[] frame) {
    try (StepScope scope = StepScope.inference()) {
      return tokenizer.grays(tokenizer.tokens(Tensors.of(frame, 1, SIDE, SIDE)));
    }
  }
}
