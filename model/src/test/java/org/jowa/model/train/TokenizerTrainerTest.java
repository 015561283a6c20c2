package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.batch.FrameBatch;
import org.jowa.data.batch.FrameSource;
import org.jowa.env.game.Games;
import org.jowa.error.UsageException;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.collective.Ranks;
import org.jowa.model.collective.Ranks.Outcome;
import org.jowa.model.settings.CodeDistance;
import org.jowa.model.settings.CodeSettings;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerObjective;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.tokenizer.PatchTokenizer;
import org.jowa.model.tokenizer.Tokenizer;
import org.jowa.model.torch.Precision;
import org.jowa.model.torch.Safetensors;
import org.junit.jupiter.api.Test;

class TokenizerTrainerTest extends TrainingTests {
  private static final int BATCH = 4;

  private List<Outcome<TrainResult>> train(String name, int ranks, long steps, long deathOfRank1) {
    return Ranks.run(
        InProcessCollectives.create(ranks, Duration.ofSeconds(60)),
        collective -> trainRank(collective, folder.resolve(name), steps, deathOfRank1));
  }

  private void trainToTheEnd(String name, int ranks, long steps) {
    assertThat(train(name, ranks, steps, -1))
        .allSatisfy(outcome -> assertThat(outcome.error()).isNull());
  }

  /** Instead of the usual ones. */
  private TokenizerSettings settings;

  private TrainResult trainRank(Collective collective, Path run, long steps, long deathOfRank1) {
    FrameSource source = new MadeUpFrames(BATCH, collective.rank(), collective.worldSize());
    FrameSource heldOut = new MadeUpFrames(BATCH, collective.rank(), collective.worldSize());
    return TokenizerTrainer.run(
        ToyTraining.context(
            collective,
            ToyTraining.settings(3, 1, collective.worldSize(), 1, true, 5, 20, 2, 6, 2),
            run),
        settings != null
            ? settings
            : new TokenizerSettings(
                new TokenizerConfig(4, 8, 8, 16),
                steps,
                BATCH,
                1e-3,
                1,
                Optional.empty(),
                Precision.FP32),
        new Dying(source, collective.rank() == 1 ? deathOfRank1 : -1),
        Optional.of(heldOut),
        Map.of(0, new byte[FrameBatch.FRAME_BYTES], 5, new byte[FrameBatch.FRAME_BYTES]));
  }

  @Test
  void aRunKeepsItsKindOfTokenizer() throws IOException {
    trainToTheEnd("network", 1, 1);
    assertThatThrownBy(() -> patches("network", 2).finished())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tokenizer.kind vq-vae, but this run has patches");

    byte[][] codes = new byte[2][196];
    codes[1][5] = 9;
    try (PatchTokenizer dictionary = PatchTokenizer.of(codes)) {
      for (String name : List.of("patches", "again")) {
        assertThat(patches(name, 2).finished()).isEmpty();
        patches(name, 2)
            .save(dictionary, Map.of("reconstruction", 0.1), Map.of("Pong", Map.of("x", 1.0)));
        assertThat(patches(name, 2).finished()).isPresent();
      }
    }
    for (String file : List.of("state.json", "model.safetensors")) {
      Path of = Path.of("tokenizer/checkpoints/step-00000001", file);
      assertThat(folder.resolve("again").resolve(of))
          .hasSameBinaryContentAs(folder.resolve("patches").resolve(of));
    }
    assertThat(Files.readString(folder.resolve("patches/metrics.jsonl")))
        .isEqualTo(
            """
            {"stage":"tokenizer","step":1,"heldOut":{"reconstruction":0.1},"games":{"Pong":{"x":1.0}}}
            """);
    assertThatThrownBy(() -> patches("patches", 4).finished())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tokenizer.codebook-size 2, but this run has 4");
    assertThat(train("patches", 1, 1, -1).get(0).error())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tokenizer.kind patches, but this run has vq-vae");
  }

  private PatchTraining patches(String name, int size) {
    return new PatchTraining(
        new RunLayout(folder.resolve(name).toString()),
        new Configuration(false),
        Map.of("dataset", "made up"),
        3,
        new TokenizerSettings(
                new TokenizerConfig(2, 1, 1, size), 1, 1, 1, 1, Optional.empty(), Precision.FP32)
            .withKind(TokenizerSettings.Kind.PATCHES));
  }

  private record Dying(FrameSource source, long death) implements FrameSource {
    @Override
    public FrameBatch batch(long step) {
      if (step == death) {
        throw new IllegalStateException("killed");
      }
      return source.batch(step);
    }

    @Override
    public long batches() {
      return source.batches();
    }

    @Override
    public void close() {
      source.close();
    }
  }

  private Path checkpoint(String name, long step) {
    return folder
        .resolve(name)
        .resolve(String.format(Locale.ROOT, "tokenizer/checkpoints/step-%08d", step));
  }

  private List<JsonNode> metrics(String name) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve(name).resolve("metrics.jsonl"))) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  @Test
  void twoRanksKilledAndResumedEndInTheSameBits() {
    trainToTheEnd("straight", 2, 8);
    assertThat(train("died", 2, 8, 6)).allSatisfy(o -> assertThat(o.error()).isNotNull());
    trainToTheEnd("died", 2, 8);
    for (String file : List.of("model.safetensors", "optimizer.safetensors", "state.json")) {
      assertThat(checkpoint("died", 8).resolve(file))
          .hasSameBinaryContentAs(checkpoint("straight", 8).resolve(file));
    }
  }

  @Test
  void onBackgroundsToo() throws IOException {
    settings =
        new TokenizerSettings(
                new TokenizerConfig(4, 8, 8, 16),
                8,
                BATCH,
                1e-3,
                1,
                Optional.empty(),
                Precision.FP32)
            .with(
                with ->
                    with.background(TokenizerSettings.Background.MEDIAN)
                        .objective(new TokenizerObjective(0.1, 1, 0.01, 3, 0.02)));
    twoRanksKilledAndResumedEndInTheSameBits();
    try (Safetensors weights =
            Safetensors.read(checkpoint("died", 8).resolve("model.safetensors"));
        Tokenizer tokenizer = Tokenizer.load(weights)) {
      assertThat(tokenizer.forGame(5)).isNotSameAs(tokenizer);
    }
    settings = null;
    assertThat(train("died", 2, 8, -1).get(0).error())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tokenizer.background median, but this run has none");
  }

  @Test
  void withCodesThatFollowLatentsToo() throws IOException {
    settings =
        new TokenizerSettings(
                new TokenizerConfig(4, 8, 8, 16, CodeDistance.COSINE),
                8,
                BATCH,
                1e-3,
                1,
                Optional.empty(),
                Precision.FP32)
            .withCodes(
                new CodeSettings(CodeSettings.Update.EMA, 0.5, CodeSettings.Start.DATA, 0.3));
    twoRanksKilledAndResumedEndInTheSameBits();
    try (Safetensors state =
            Safetensors.read(checkpoint("died", 8).resolve("optimizer.safetensors"));
        Tokenizer tokenizer = Tokenizer.load(checkpoint("died", 8).resolve("model.safetensors"))) {
      assertThat(state.tensor("codes.counts").shape()).containsExactly(16);
      assertThat(state.tensor("codes.sums").shape()).containsExactly(16, 8);
      assertThat(tokenizer.config()).isEqualTo(settings.model());
    }
    // All codes are in use, which is what this is for; without it 3 of 16 are.
    assertThat(metrics("died").get(metrics("died").size() - 1).get("codebookUse").asDouble())
        .isGreaterThan(0.5);
    settings = null;
    assertThat(train("died", 2, 8, -1).get(0).error())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tokenizer.code-decay 0.5, but this run has 0.99");
  }

  @Test
  void learnsAndLogsLossesCodebookAndGames() throws IOException {
    trainToTheEnd("run", 2, 18);

    List<JsonNode> lines = metrics("run");
    JsonNode first = lines.get(0);
    JsonNode last = lines.get(lines.size() - 1);
    assertThat(last.get("stage").asText()).isEqualTo("tokenizer");
    assertThat(last.at("/heldOut/reconstruction").asDouble())
        .isLessThan(first.at("/heldOut/reconstruction").asDouble());
    assertThat(last.get("codebookUse").asDouble()).isBetween(1.0 / 16, 1.0);
    assertThat(last.get("codebookPerplexity").asDouble()).isBetween(1.0, 16.0);
    assertThat(last.get("framesPerSecond").asDouble()).isPositive();
    assertThat(last.has("perceptual")).isFalse();
    double sum =
        last.get("reconstruction").asDouble()
            + last.get("codebook").asDouble()
            + last.get("commitment").asDouble();
    assertThat(last.get("total").asDouble()).isCloseTo(sum, within(1e-9));
    // Both games have two frames in every batch, so the mean is that of the two.
    double games =
        last.at("/games/" + Games.byId(0).name() + "/reconstruction").asDouble()
            + last.at("/games/" + Games.byId(5).name() + "/reconstruction").asDouble();
    assertThat(last.get("reconstruction").asDouble()).isCloseTo(games / 2, within(1e-9));
  }

  @Test
  void ranksChangeNothingButRounding() throws IOException {
    trainToTheEnd("one", 1, 6);
    trainToTheEnd("two", 2, 6);
    List<JsonNode> one = metrics("one");
    List<JsonNode> two = metrics("two");
    for (int i = 0; i < one.size(); i++) {
      double expected = one.get(i).at("/heldOut/reconstruction").asDouble();
      assertThat(two.get(i).at("/heldOut/reconstruction").asDouble())
          .isCloseTo(expected, within(1e-4));
    }
  }

  @Test
  void theWeightsOfACheckpointMakeATokenizer() {
    trainToTheEnd("run", 1, 2);
    try (Tokenizer tokenizer = Tokenizer.load(checkpoint("run", 2).resolve("model.safetensors"))) {
      assertThat(tokenizer.config()).isEqualTo(new TokenizerConfig(4, 8, 8, 16));
    }
  }
}
