package org.jowa.jobs.weights;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.storage.Storage;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.checkpoint.FileContent;
import org.jowa.model.exchange.OfficialWeights;
import org.jowa.model.settings.Settings;
import org.jowa.model.settings.StateInput;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Safetensors;
import org.jowa.model.torch.TorchRuntime;

/**
 * Writes a run's tokenizer and model for others: safetensors, the configuration and a model card,
 * and on request the reference's files.
 *
 * @param run URI of the run folder
 * @param checkpoint of the model, a folder or a step number; empty for the newest
 * @param tokenizerRun run folder whose tokenizer the model was trained with
 * @param out URI of a new folder
 * @param data URI of the data set; empty for the one that the run names
 * @param torchFiles whether to write {@code .pt} files too
 * @param lpips safetensors file of the perceptual loss to put into {@code tokenizer.pt}
 * @param licence of the weights; empty if nobody said
 */
public record ExportJob(
    String run,
    Optional<String> checkpoint,
    String tokenizerRun,
    String out,
    Optional<String> data,
    boolean torchFiles,
    Optional<Path> lpips,
    Optional<String> licence) {
  private static final String CARD = "README.md";

  /**
   * Exports the weights.
   *
   * @return the files' names
   * @throws InvalidInputException if the run lacks a part, or the folder is in use or can't be
   *     written; nothing is left in it then
   */
  public List<String> run(Configuration hadoop) {
    TorchRuntime.init();
    Storage folder = Storage.at(out, hadoop);
    if (!folder.list().isEmpty()) {
      throw new InvalidInputException(
          "%s is in use, it has %s: give --out a new folder"
              .formatted(folder, folder.list().get(0)));
    }
    RunFolder source = RunFolder.at(run, hadoop);
    Config config = source.requireConfig("give --run the folder of a run");
    if (torchFiles) {
      requireOfTheReference(config);
    }
    Checkpoint model = source.model(checkpoint);
    Checkpoint tokenizer = TrainedTokenizer.checkpointFor(model, run, tokenizerRun, hadoop);
    TrainedTokenizer trained = TrainedTokenizer.of(tokenizer);
    trained.requireOf(model, "name the run of the right one with --tokenizer");
    ModelCard card =
        new ModelCard(
            OfficialPresets.nameOf(config),
            config,
            model,
            tokenizer,
            trained.hash(),
            CardData.of(source, data, model, hadoop),
            CardScores.of(source, model),
            licence);
    WorldConfig sizes = config.settings().world().withCodes(trained.codebookSize()).model();
    try (Safetensors modelWeights = model.model();
        Safetensors tokenizerWeights = tokenizer.tokenizer()) {
      return write(folder, contents(config, card, sizes, modelWeights, tokenizerWeights));
    }
  }

  /** The reference reads its own networks and no others. */
  private void requireOfTheReference(Config config) {
    Settings settings = config.settings();
    List<String> ours = new ArrayList<>();
    if (settings.tokenizer().kind() == TokenizerSettings.Kind.PATCHES) {
      ours.add("tokenizer.kind=patches");
    }
    if (settings.world().behaviour().isOn()) {
      ours.add("a behaviour network");
    }
    if (settings.world().neighbourhood().isOn()) {
      ours.add("a neighbourhood network");
    }
    if (settings.world().model().stateInput() == StateInput.FRAME) {
      ours.add("world.state=frame");
    }
    if (!ours.isEmpty()) {
      throw new InvalidInputException(
          "%s has %s, which the reference's .pt files can't hold: export it without --pt"
              .formatted(run, String.join(" and ", ours)));
    }
  }

  private Map<String, FileContent> contents(
      Config config,
      ModelCard card,
      WorldConfig sizes,
      Safetensors modelWeights,
      Safetensors tokenizerWeights) {
    Map<String, FileContent> contents = new LinkedHashMap<>();
    contents.put(
        "tokenizer.safetensors",
        out -> Safetensors.write(out, tokenizerWeights.tensors(), Map.of()));
    contents.put(
        "model.safetensors", out -> Safetensors.write(out, modelWeights.tensors(), Map.of()));
    // Places of this machine are nobody else's business.
    byte[] yaml =
        config
            .with(List.of("tokenizer.perceptual-weights=null", "data.cache.directory=null"))
            .toYaml(Map.of())
            .getBytes(StandardCharsets.UTF_8);
    contents.put("config.yaml", out -> out.write(yaml));
    List<String> torchNames = new ArrayList<>();
    if (torchFiles) {
      String modelName =
          OfficialPresets.nameOf(config)
              .map(size -> "JOWA_" + size.toUpperCase(Locale.ROOT) + ".pt")
              .orElse("JOWA.pt");
      contents.put("tokenizer.pt", out -> writeTokenizer(out, tokenizerWeights));
      contents.put(
          modelName, out -> OfficialWeights.writeWorld(out, modelWeights.tensors(), sizes));
      torchNames.addAll(List.of("tokenizer.pt", modelName));
    }
    byte[] text = card.text(torchNames).getBytes(StandardCharsets.UTF_8);
    contents.put(CARD, out -> out.write(text));
    return contents;
  }

  private void writeTokenizer(OutputStream out, Safetensors weights) throws IOException {
    if (lpips.isEmpty()) {
      OfficialWeights.writeTokenizer(out, weights.tensors(), Map.of());
      return;
    }
    try (Safetensors perceptual = Safetensors.read(lpips.get())) {
      OfficialWeights.writeTokenizer(out, weights.tensors(), perceptual.tensors());
    }
  }

  private static List<String> write(Storage folder, Map<String, FileContent> contents) {
    try {
      for (Map.Entry<String, FileContent> file : contents.entrySet()) {
        try (OutputStream out = folder.create(file.getKey())) {
          file.getValue().writeTo(out);
        }
      }
      return List.copyOf(contents.keySet());
    } catch (IOException | RuntimeException e) {
      contents.keySet().forEach(folder::delete);
      throw e instanceof RuntimeException known
          ? known
          : new InvalidInputException(
              "Cannot write to %s: %s".formatted(folder, e.getMessage()), e);
    }
  }
}
