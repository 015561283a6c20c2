package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceSource;
import org.jowa.error.UsageException;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.settings.WorldSettings.Stage1;
import org.jowa.model.settings.WorldSettings.Stage2;
import org.jowa.model.torch.Precision;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole trainings whose products are in bf16. */
@Timeout(180)
class MixedPrecisionTest {
  private static final int BATCH = 4;
  private static final int CODES = 16;

  @TempDir Path folder;

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  private TrainContext context(Collective collective, String run, long checkpointEvery) {
    return new TrainContext(
        collective,
        ToyTraining.settings(7, 1, 1, 1, false, checkpointEvery, 20, 10, 10, 8),
        new RunLayout(folder.resolve(run).toString()),
        new Configuration(false),
        Map.of("dataset", "made up"),
        Optional.empty(),
        new StopSignal(),
        TrainListener.NONE);
  }

  private void world(String run, Precision precision, long stage1, long stage2, long death) {
    WorldSettings settings =
        new WorldSettings(
                new WorldConfig(
                    2,
                    2,
                    32,
                    24,
                    2,
                    CODES,
                    8,
                    Dropouts.REFERENCE,
                    true,
                    true,
                    TdLoss.C51,
                    11,
                    -10,
                    30),
                BATCH,
                2,
                0.01,
                1,
                4,
                LossSettings.withQ(0.1, 0.99, Penalty.CQL, 0.1, true),
                new Stage1(stage1, 1e-3),
                new Stage2(stage2, 5e-4, 5e-4))
            .withPrecision(precision);
    Collective collective = InProcessCollectives.create(1, Duration.ofSeconds(60)).get(0);
    WorldTrainer.run(
        context(collective, run, 5),
        settings,
        WorldData.of(
            new Dying(new MadeUpSequences(BATCH, CODES, 0, 1, 0), death),
            Optional.of(new MadeUpSequences(BATCH, CODES, 0, 1, 1_000_000))));
  }

  private void tokenizer(String run, Precision precision, long steps) {
    Collective collective = InProcessCollectives.create(1, Duration.ofSeconds(60)).get(0);
    TokenizerTrainer.run(
        context(collective, run, 5),
        new TokenizerSettings(
            new TokenizerConfig(4, 8, 8, 16), steps, BATCH, 1e-3, 1, Optional.empty(), precision),
        new MadeUpFrames(BATCH, 0, 1),
        Optional.of(new MadeUpFrames(BATCH, 0, 1)));
  }

  private record Dying(SequenceSource source, long death) implements SequenceSource {
    @Override
    public SequenceBatch batch(long step) {
      if (step == death) {
        throw new IllegalStateException("killed");
      }
      return source.batch(step);
    }

    @Override
    public long segments() {
      return source.segments();
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

  private JsonNode lastHeldOut(String run) throws IOException {
    List<String> lines = Files.readAllLines(folder.resolve(run).resolve("metrics.jsonl"));
    return new ObjectMapper().readTree(lines.get(lines.size() - 1)).get("heldOut");
  }

  private JsonNode firstHeldOut(String run) throws IOException {
    String line = Files.readAllLines(folder.resolve(run).resolve("metrics.jsonl")).get(0);
    return new ObjectMapper().readTree(line).get("heldOut");
  }

  @Test
  void theWorldActionModelConvergesAsInFp32() throws IOException {
    for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
      world(precision.toString(), precision, 60, 30, -1);
    }
    double start = firstHeldOut("fp32").get("observation").asDouble();
    double exact = lastHeldOut("fp32").get("observation").asDouble();
    double mixed = lastHeldOut("bf16").get("observation").asDouble();
    assertThat(exact).isLessThan(start - 0.1);
    assertThat(start - mixed).isCloseTo(start - exact, within(0.1 * (start - exact)));
    double total = lastHeldOut("fp32").get("total").asDouble();
    assertThat(lastHeldOut("bf16").get("total").asDouble())
        .isCloseTo(total, within(0.02 * total))
        .isNotEqualTo(total);
  }

  @Test
  void theTokenizerConvergesAsInFp32() throws IOException {
    for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
      tokenizer(precision.toString(), precision, 20);
    }
    double start = firstHeldOut("fp32").get("reconstruction").asDouble();
    double exact = lastHeldOut("fp32").get("reconstruction").asDouble();
    double mixed = lastHeldOut("bf16").get("reconstruction").asDouble();
    assertThat(exact).isLessThan(0.9 * start);
    assertThat(mixed).isCloseTo(exact, within(0.05 * exact)).isNotEqualTo(exact);
  }

  @Test
  void aResumedRunEndsInTheSameBits() {
    world("straight", Precision.BF16, 6, 6, -1);
    for (long death : new long[] {3, 8}) {
      String run = "died-" + death;
      assertThat(catchThrowable(() -> world(run, Precision.BF16, 6, 6, death)))
          .hasMessageContaining("killed");
      world(run, Precision.BF16, 6, 6, -1);
      for (String file : List.of("model.safetensors", "optimizer.safetensors", "state.json")) {
        String path = "model/checkpoints/step-00000012/" + file;
        assertThat(folder.resolve(run).resolve(path))
            .hasSameBinaryContentAs(folder.resolve("straight").resolve(path));
      }
    }
  }

  @Test
  void aRunKeepsItsPrecision() {
    world("run", Precision.BF16, 5, 0, -1);
    assertThat(catchThrowable(() -> world("run", Precision.FP32, 5, 5, -1)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.precision bf16")
        .hasMessageContaining("has fp32");
  }

  /** Checkpoints of versions without the setting don't name it. */
  @Test
  void aRunThatIsOlderThanPrecisionsGoesOnInFp32Alone() throws IOException {
    world("run", Precision.FP32, 5, 0, -1);
    Path state = folder.resolve("run/model/checkpoints/step-00000005/state.json");
    String written = Files.readString(state);
    String older = written.replaceFirst("\\s*\"world.precision\" : \"fp32\",", "");
    assertThat(older).isNotEqualTo(written);
    Files.writeString(state, older);
    assertThat(catchThrowable(() -> world("run", Precision.BF16, 5, 5, -1)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.precision fp32");
    world("run", Precision.FP32, 5, 5, -1);
    assertThat(folder.resolve("run/model/checkpoints/step-00000010/state.json")).exists();
  }
}
