package org.jowa.jobs.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.env.game.Games;
import org.jowa.error.InvalidInputException;
import org.jowa.jobs.config.Config;
import org.jowa.jobs.results.EpisodeResult;
import org.jowa.jobs.results.EvaluatedModel;
import org.jowa.jobs.results.EvaluationProtocol;
import org.jowa.jobs.results.EvaluationSummary;
import org.jowa.jobs.run.RunFolder;
import org.jowa.jobs.run.TrainedTokenizer;
import org.jowa.model.checkpoint.Checkpoint;
import org.jowa.model.exchange.OfficialWeights;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.WorldActionModel;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightsJobsTest {
  private static final Configuration HADOOP = new Configuration();

  /** Sizes of their own: no preset has them. */
  private static final List<String> SMALL =
      List.of(
          "world.layers=1",
          "world.heads=2",
          "world.width=8",
          "world.q-width=4",
          "world.discount=0.9",
          "tokenizer.channels=4",
          "tokenizer.latent-channels=8",
          "tokenizer.embedding-dim=8",
          "tokenizer.codebook-size=16");

  @TempDir Path folder;

  @BeforeAll
  static void natives() {
    TorchRuntime.init();
  }

  /** At the paper's smallest size, whose preset is found by itself. */
  @Test
  void importExportAndImportAgainGiveEqualBits() throws IOException {
    Config preset = Config.preset("40m");
    Path model = model(preset, "JOWA_40M.pt");
    Path tokenizer = tokenizer(preset, "tokenizer.pt");
    Path first = folder.resolve("first");
    new ImportJob(
            List.of(model, tokenizer),
            first.toString(),
            Optional.empty(),
            List.of(),
            Optional.empty())
        .run(HADOOP);
    assertThat(Files.readString(first.resolve("config.yaml")))
        .contains("layers: 4", "heads: 8", "JOWA_40M.pt:", "tokenizer.pt:");
    Path exported = folder.resolve("exported");
    assertThat(export(first, exported, true))
        .containsExactly(
            "tokenizer.safetensors",
            "model.safetensors",
            "config.yaml",
            "tokenizer.pt",
            "JOWA_40M.pt",
            "README.md");
    Path second = folder.resolve("second");
    new ImportJob(
            List.of(exported.resolve("tokenizer.pt"), exported.resolve("JOWA_40M.pt")),
            second.toString(),
            Optional.empty(),
            List.of(),
            Optional.empty())
        .run(HADOOP);
    for (String part : List.of("model", "tokenizer")) {
      String file = part + "/checkpoints/step-00000000/model.safetensors";
      assertThat(second.resolve(file)).hasSameBinaryContentAs(first.resolve(file));
      assertThat(exported.resolve(part + ".safetensors"))
          .hasSameBinaryContentAs(first.resolve(file));
    }
  }

  @Test
  void importedRunHoldsWhatPlayingNeeds() throws IOException {
    RunFolder run = RunFolder.at(imported().toString(), HADOOP);
    Checkpoint model = run.model();
    assertThat(model.state().stage()).isEqualTo("imported");
    assertThat(model.state().settings())
        .containsEntry("world.discount", "0.9")
        .containsEntry("world.value-min", "-10.0")
        .containsEntry("world.value-max", "30.0");
    TrainedTokenizer tokenizer = TrainedTokenizer.of(run.tokenizer());
    assertThat(model.state().inputs()).containsEntry("tokenizer", tokenizer.hash());
    assertThat(tokenizer.codebookSize()).isEqualTo(16);
    assertThat(run.config().orElseThrow().settings().world().qLoss().discount()).isEqualTo(0.9);
  }

  @Test
  void cardTellsScoresOfTheseWeightsWithIntervalsAndTheLicence() throws IOException {
    Path run = imported();
    String hash = RunFolder.at(run.toString(), HADOOP).model().modelHash();
    evaluation(run, "beam-jowa", hash);
    evaluation(run, "older", "0".repeat(64));
    Path out = folder.resolve("out");
    export(run, out, false);
    String card = Files.readString(out.resolve("README.md"));
    assertThat(card)
        .startsWith("---\nlicense: cc-by-4.0\n")
        .contains("imported from model.pt (SHA-256 `")
        .contains("### beam-jowa")
        .doesNotContain("### older")
        .contains("| Pong | 3 | 1.0 (-2.0 to 4.0) |")
        .contains("IQM over all episodes")
        .contains("`" + hash + "`")
        .doesNotContain(folder.toString())
        .doesNotContain("torch.load");
    Config config = Config.preset(out.resolve("config.yaml").toString());
    assertThat(config.settings().world().model().width()).isEqualTo(8);
  }

  @Test
  void sizesThatAreNobodysOrNotThePresetsAreRefusedAndNothingIsLeft() throws IOException {
    Config small = Config.preset("40m").with(SMALL);
    Path model = model(small, "model.pt");
    Path tokenizer = tokenizer(small, "tokenizer.pt");
    assertRefused(
        List.of(model), Optional.empty(), List.of(), "none of the paper's sizes: 40m (layers 4");
    assertRefused(
        List.of(model), Optional.of("70m"), List.of(), "but the configuration asks for layers 6");
    assertRefused(
        List.of(tokenizer),
        Optional.of("40m"),
        List.of(),
        "it has channels 4, latent channels 8, embedding dimension 8, codes 16");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void runInUseIsRefusedAndWhatAKilledImportLeftIsNot() throws IOException {
    Path run = imported();
    Files.delete(run.resolve("config.yaml"));
    assertThat(imported()).isEqualTo(run);
    assertThat(run.resolve("config.yaml")).exists();
    assertThatThrownBy(this::imported)
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("is in use, it has config.yaml");
  }

  @Test
  void networksThatTheReferenceDoesntHaveAreNotWrittenForIt() throws IOException {
    Path run = imported();
    Path config = run.resolve("config.yaml");
    Files.writeString(
        config, Files.readString(config).replaceFirst("state: token ", "state: frame "));
    Path out = folder.resolve("out");
    assertThatThrownBy(() -> export(run, out, true))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("world.state=frame")
        .hasMessageContaining("export it without --pt");
    assertThat(out).doesNotExist();
    assertThat(export(run, out, false)).contains("model.safetensors");
  }

  @Test
  void exportThatCantReadItsPartsLeavesNothing() throws IOException {
    Path run = imported();
    Path weights = run.resolve("model/checkpoints/step-00000000/model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    bytes[bytes.length - 1]++;
    Files.write(weights, bytes);
    Path out = folder.resolve("out");
    assertThatThrownBy(() -> export(run, out, true)).isInstanceOf(InvalidInputException.class);
    assertThat(out).doesNotExist();
  }

  private void assertRefused(
      List<Path> files, Optional<String> preset, List<String> settings, String why) {
    ImportJob job =
        new ImportJob(files, folder.resolve("run").toString(), preset, settings, Optional.empty());
    assertThatThrownBy(() -> job.run(HADOOP))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(why)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  private Path imported() throws IOException {
    Config small = Config.preset("40m").with(SMALL);
    Path run = folder.resolve("run");
    new ImportJob(
            List.of(model(small, "model.pt"), tokenizer(small, "tokenizer.pt")),
            run.toString(),
            Optional.of("40m"),
            SMALL,
            Optional.empty())
        .run(HADOOP);
    return run;
  }

  private static List<String> export(Path run, Path out, boolean torchFiles) {
    return new ExportJob(
            run.toString(),
            Optional.empty(),
            run.toString(),
            out.toString(),
            Optional.empty(),
            torchFiles,
            Optional.empty(),
            Optional.of("cc-by-4.0"))
        .run(HADOOP);
  }

  private Path model(Config config, String name) throws IOException {
    int codes = config.settings().tokenizer().model().codebookSize();
    Path file = folder.resolve(name);
    try (WorldActionModel model =
            WorldActionModel.create(config.settings().world().withCodes(codes).model(), 3);
        OutputStream out = Files.newOutputStream(file)) {
      OfficialWeights.writeWorld(out, model.parameters().tensors(), model.config());
    }
    return file;
  }

  private Path tokenizer(Config config, String name) throws IOException {
    Path file = folder.resolve(name);
    try (Tokenizer tokenizer = Tokenizer.create(config.settings().tokenizer().model(), 4);
        OutputStream out = Files.newOutputStream(file)) {
      OfficialWeights.writeTokenizer(out, tokenizer.parameters().tensors(), Map.of());
    }
    return file;
  }

  private static void evaluation(Path run, String name, String modelHash) throws IOException {
    EvaluationSummary summary =
        EvaluationSummary.builder(name)
            .protocol(new EvaluationProtocol("jowa", 0, 108_000, 108_000))
            .planner("beam", Map.of("beam-width", "2"))
            .model(new EvaluatedModel("imported", 0, "step-00000000", modelHash, "t", null))
            .game(
                "Pong",
                "md5",
                Games.byName("Pong").scores(),
                List.of(episode(0, -2), episode(1, 1), episode(2, 4)),
                List.of())
            .build();
    Path folder = Files.createDirectories(run.resolve("evaluation").resolve(name));
    try (OutputStream out = Files.newOutputStream(folder.resolve(EvaluationSummary.FILE))) {
      summary.write(out);
    }
  }

  private static EpisodeResult episode(int index, double score) {
    return new EpisodeResult("Pong", index, index, score, 100, false);
  }
}
