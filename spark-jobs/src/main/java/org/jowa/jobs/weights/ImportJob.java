package org.jowa.jobs.weights;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.storage.Sha256;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.Versions;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.CheckpointState;
import org.jowa.model.checkpoint.CheckpointStore;
import org.jowa.model.exchange.OfficialWeights;
import org.jowa.model.exchange.WorldSizes;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.FlatParameters;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.train.Trained;
import org.jowa.model.world.WorldActionModel;

/**
 * Makes a run folder of the reference's files. Everything is read and checked before anything is
 * written, and {@code config.yaml}, which makes the folder a run, comes last.
 *
 * @param files a tokenizer's, a world-action model's or both
 * @param out URI of the run folder, which must not be a run yet
 * @param preset configuration of the weights; empty to find it by the model's sizes
 * @param settings {@code key=value} that win over the preset
 * @param lpips file for the weights of the perceptual loss, which a tokenizer's file may hold
 */
public record ImportJob(
    List<Path> files,
    String out,
    Optional<String> preset,
    List<String> settings,
    Optional<Path> lpips) {
  /** Stage of an imported checkpoint: it has no steps that are known here. */
  public static final String STAGE = "imported";

  private static final String TOKENIZER = "tokenizer";
  private static final List<String> PARTS = List.of(TOKENIZER, "model");
  private static final String CHECKPOINT = "step-00000000";

  /**
   * Imports the weights.
   *
   * @return a line for each part
   * @throws InvalidInputException if a file can't be read or doesn't fit, or the folder is in use
   */
  public List<String> run(Configuration hadoop) {
    TorchRuntime.init();
    RunFolder run = RunFolder.at(out, hadoop);
    requireNew(run);
    try (OfficialWeights weights = OfficialWeights.open(files)) {
      Optional<WorldSizes> sizes = weights.worldSizes();
      Config config = config(sizes);
      sizes.ifPresent(found -> OfficialPresets.requireFits(config, found, names()));
      weights
          .tokenizerSizes()
          .ifPresent(found -> OfficialPresets.requireFits(config, found, names()));
      Map<String, String> hashes = hashes();
      try (Loaded loaded =
          new Loaded(weights.tokenizer(), weights.world(config.settings().world().model()))) {
        lpips.ifPresent(file -> write(weights, file));
        return write(run, config, loaded, hashes, hadoop);
      }
    }
  }

  /** Both models, closed together. */
  private record Loaded(Optional<Tokenizer> tokenizer, Optional<WorldActionModel> model)
      implements AutoCloseable {
    @Override
    public void close() {
      tokenizer.ifPresent(Tokenizer::close);
      model.ifPresent(WorldActionModel::close);
    }
  }

  private static void requireNew(RunFolder run) {
    List<String> there =
        run.storage().list().stream().filter(name -> !isLeftBehind(run, name)).toList();
    if (!there.isEmpty()) {
      throw new InvalidInputException(
          "%s is in use, it has %s: give --out a new folder"
              .formatted(run.uri(), String.join(", ", there)));
    }
  }

  /** Whether it is what an import that was killed leaves: checkpoints without a configuration. */
  private static boolean isLeftBehind(RunFolder run, String name) {
    Storage storage = run.storage();
    return PARTS.contains(name)
        && List.of("checkpoints").containsAll(storage.folder(name).list())
        && List.of(CHECKPOINT).containsAll(storage.folder(name + "/checkpoints").list());
  }

  private Config config(Optional<WorldSizes> sizes) {
    return preset
        .map(Config::preset)
        .or(() -> sizes.map(found -> OfficialPresets.of(found, names())))
        .orElseGet(() -> Config.preset(OfficialPresets.SIZES.get(0)))
        .with(settings);
  }

  private String names() {
    return files.stream().map(Path::toString).collect(Collectors.joining(" and "));
  }

  private Map<String, String> hashes() {
    Map<String, String> hashes = new LinkedHashMap<>();
    for (Path file : files) {
      try (InputStream in = Files.newInputStream(file)) {
        hashes.put(String.valueOf(file.getFileName()), Sha256.of(in));
      } catch (IOException e) {
        throw new InvalidInputException("Cannot read %s: %s".formatted(file, e.getMessage()), e);
      }
    }
    return hashes;
  }

  private static void write(OfficialWeights weights, Path file) {
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    try {
      try (OutputStream out = Files.newOutputStream(partial)) {
        weights.writeLpips(out);
      }
      Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (NoSuchFileException e) {
      throw new InvalidInputException("Cannot write " + file + ": its folder isn't there", e);
    } catch (IOException e) {
      throw new InvalidInputException("Cannot write %s: %s".formatted(file, e.getMessage()), e);
    } finally {
      deleteQuietly(partial);
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // What went wrong before is told.
    }
  }

  private List<String> write(
      RunFolder run,
      Config config,
      Loaded loaded,
      Map<String, String> hashes,
      Configuration hadoop) {
    List<String> lines = new ArrayList<>();
    try {
      Map<String, String> inputs = new LinkedHashMap<>(hashes);
      loaded
          .tokenizer()
          .ifPresent(
              tokenizer -> {
                Checkpoint written =
                    checkpoint(
                        CheckpointStore.open(run.layout().checkpoints(Trained.TOKENIZER), hadoop),
                        config,
                        config.settings().tokenizer().identity(),
                        hashes,
                        tokenizer.parameters());
                inputs.put(TOKENIZER, tokenizer.hash());
                lines.add("tokenizer %s: %s".formatted(tokenizer.hash(), written));
              });
      loaded
          .model()
          .ifPresent(
              model -> {
                Checkpoint written =
                    checkpoint(
                        CheckpointStore.open(run.layout().checkpoints(Trained.WORLD), hadoop),
                        config,
                        config
                            .settings()
                            .world()
                            .withCodes(model.config().codebookSize())
                            .identity(),
                        inputs,
                        model.parameters());
                lines.add("world-action model: " + written);
              });
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("versions", Versions.current());
      facts.put("imported", hashes);
      run.record(config, Trained.WORLD, facts);
      return lines;
    } catch (RuntimeException e) {
      PARTS.forEach(part -> run.storage().delete(part + "/checkpoints/" + CHECKPOINT));
      throw e;
    }
  }

  private static Checkpoint checkpoint(
      CheckpointStore store,
      Config config,
      Map<String, String> identity,
      Map<String, String> inputs,
      FlatParameters parameters) {
    CheckpointState state =
        CheckpointState.of(
            STAGE,
            0,
            config.settings().seed(),
            1,
            1,
            identity,
            inputs,
            Versions.current(),
            Map.of());
    return store.write(
        state,
        Map.of(Checkpoint.MODEL, out -> Safetensors.write(out, parameters.tensors(), Map.of())));
  }
}
