package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.jowa.model.train.SmallWorldTraining.BATCH;
import static org.jowa.model.train.SmallWorldTraining.CODES;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.error.UsageException;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.settings.TrainSettings;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.Precision;
import org.junit.jupiter.api.Test;

/** Whole trainings whose products are in bf16. */
class MixedPrecisionTest extends TrainingTests {
  private static final TrainSettings.Metrics METRICS =
      new TrainSettings.Metrics(10, 10, 8, Optional.empty(), "none");

  private SmallWorldTraining training(String run, Precision precision, long stage1, long stage2) {
    SmallWorldTraining training = new SmallWorldTraining(folder.resolve(run));
    training.ranks = 1;
    training.stage1 = stage1;
    training.stage2 = stage2;
    training.microBatch = 2;
    training.mixture = true;
    training.precision = precision;
    training.metrics = METRICS;
    training.model =
        new WorldConfig(
            2, 2, 32, 24, 2, CODES, 8, Dropouts.REFERENCE, true, true, TdLoss.C51, 11, -10, 30);
    return training;
  }

  private void tokenizer(String run, Precision precision, long steps) {
    Collective collective = InProcessCollectives.create(1, Duration.ofSeconds(60)).get(0);
    TokenizerTrainer.run(
        ToyTraining.context(
            collective,
            new TrainSettings(
                7,
                1,
                1,
                new TrainSettings.Gradients(1, false),
                new TrainSettings.Checkpoints(5, 20),
                METRICS),
            folder.resolve(run)),
        new TokenizerSettings(
            new TokenizerConfig(4, 8, 8, 16), steps, BATCH, 1e-3, 1, Optional.empty(), precision),
        new MadeUpFrames(BATCH, 0, 1),
        Optional.of(new MadeUpFrames(BATCH, 0, 1)),
        Map.of());
  }

  private JsonNode lastHeldOut(String run) throws IOException {
    List<JsonNode> lines = ToyTraining.metrics(folder.resolve(run));
    return lines.get(lines.size() - 1).get("heldOut");
  }

  private JsonNode firstHeldOut(String run) throws IOException {
    return ToyTraining.metrics(folder.resolve(run)).get(0).get("heldOut");
  }

  @Test
  void theWorldActionModelConvergesAsInFp32() throws IOException {
    for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
      training(precision.toString(), precision, 60, 30).toTheEnd();
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

  /** Its stage reads the heads without the transformer. */
  @Test
  void theNeighbourhoodNetworkConvergesAsInFp32() throws IOException {
    for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
      SmallWorldTraining training = training(precision.toString(), precision, 0, 0);
      training.neighbourhood = 60;
      training.toTheEnd();
    }
    double start = firstHeldOut("fp32").get("observation").asDouble();
    double exact = lastHeldOut("fp32").get("observation").asDouble();
    double mixed = lastHeldOut("bf16").get("observation").asDouble();
    assertThat(firstHeldOut("bf16").get("observation").asDouble())
        .isCloseTo(start, within(0.01 * start));
    assertThat(exact).isLessThan(start - 0.1);
    assertThat(start - mixed).isCloseTo(start - exact, within(0.1 * (start - exact)));
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
    SmallWorldTraining straight = training("straight", Precision.BF16, 6, 6);
    straight.toTheEnd();
    for (long death : new long[] {3, 8}) {
      SmallWorldTraining killed = training("died-" + death, Precision.BF16, 6, 6);
      killed.toTheEndWithDeathsAt(death);
      killed.assertSame(straight, 12);
    }
  }

  @Test
  void aRunKeepsItsPrecision() {
    training("run", Precision.BF16, 5, 0).toTheEnd();
    assertThat(training("run", Precision.FP32, 5, 5).outcomes().get(0).error())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.precision bf16")
        .hasMessageContaining("has fp32");
  }

  /** Checkpoints of versions without the setting don't name it. */
  @Test
  void aRunThatIsOlderThanPrecisionsGoesOnInFp32Alone() throws IOException {
    training("run", Precision.FP32, 5, 0).toTheEnd();
    Path state = folder.resolve("run/model/checkpoints/step-00000005/state.json");
    String written = Files.readString(state);
    String older = written.replaceFirst("\\s*\"world.precision\" : \"fp32\",", "");
    assertThat(older).isNotEqualTo(written);
    Files.writeString(state, older);
    assertThat(training("run", Precision.BF16, 5, 5).outcomes().get(0).error())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.precision fp32");
    training("run", Precision.FP32, 5, 5).toTheEnd();
    assertThat(folder.resolve("run/model/checkpoints/step-00000010/state.json")).exists();
  }
}
