package org.jowa.model.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.jowa.model.train.SmallWorldTraining.BATCH;
import static org.jowa.model.train.SmallWorldTraining.CODES;
import static org.jowa.model.train.SmallWorldTraining.STEPS;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jowa.data.batch.FrameBatch;
import org.jowa.data.batch.FrameSource;
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceSource;
import org.jowa.error.UsageException;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.settings.CodeSettings;
import org.jowa.model.settings.ImaginationSettings;
import org.jowa.model.settings.JointTokenizer;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.settings.TokenizerSettings.Stages;
import org.jowa.model.settings.TrainSettings;
import org.jowa.model.torch.Precision;
import org.junit.jupiter.api.Test;

class JointTrainingTest extends TrainingTests {
  private static final int ALL_FRAMES = BATCH * STEPS;

  private SmallWorldTraining joint(String name) {
    SmallWorldTraining training = attempt(name);
    training.stage1 = 3;
    training.stage2 = 3;
    training.checkpointEvery = 2;
    training.metrics = new TrainSettings.Metrics(1, 3, 2, Optional.empty(), "none");
    training.joint = Optional.of(joint(Stages.STAGE1, 12));
    return training;
  }

  private static JointTokenizer joint(Stages stages, int batch) {
    return new JointTokenizer(tokenizer(batch, CodeSettings.STANDARD), stages, Optional.empty());
  }

  private static TokenizerSettings tokenizer(int batch, CodeSettings codes) {
    return new TokenizerSettings(
            new TokenizerConfig(4, 8, 8, CODES),
            2,
            batch,
            1e-3,
            1,
            Optional.empty(),
            Precision.FP32)
        .withCodes(codes);
  }

  @Test
  void killedAndResumedEndsInTheSameBits() {
    for (Stages stages : List.of(Stages.STAGE1, Stages.ALL)) {
      SmallWorldTraining whole = joint("whole-" + stages);
      whole.joint = Optional.of(joint(stages, 12));
      whole.toTheEnd();

      SmallWorldTraining killed = joint("killed-" + stages);
      killed.joint = whole.joint;
      killed.toTheEndWithDeathsAt(3, 5);
      killed.assertSame(whole, 6);
      String file = "tokenizer.safetensors";
      assertThat(killed.checkpoint(6).resolve(file))
          .hasSameBinaryContentAs(whole.checkpoint(6).resolve(file));
    }
  }

  @Test
  void theTokenizerLearnsInTheStagesThatAreAskedFor() throws IOException {
    SmallWorldTraining stage1 = joint("stage1");
    stage1.toTheEnd();
    SmallWorldTraining all = joint("all");
    all.joint = Optional.of(joint(Stages.ALL, 12));
    all.toTheEnd();
    String file = "tokenizer.safetensors";
    assertThat(
            Files.mismatch(stage1.checkpoint(0).resolve(file), stage1.checkpoint(3).resolve(file)))
        .isNotNegative();
    assertThat(stage1.checkpoint(6).resolve(file))
        .hasSameBinaryContentAs(stage1.checkpoint(3).resolve(file));
    assertThat(all.checkpoint(3).resolve(file))
        .hasSameBinaryContentAs(stage1.checkpoint(3).resolve(file));
    assertThat(Files.mismatch(all.checkpoint(6).resolve(file), all.checkpoint(3).resolve(file)))
        .isNotNegative();
    assertThat(stage1.metrics().get(3).get("tokenizerReconstruction").asDouble()).isPositive();
    assertThat(stage1.metrics().get(4).has("tokenizerReconstruction")).isFalse();
    assertThat(all.metrics().get(4).get("tokenizerCodebookUse").asDouble()).isPositive();
  }

  /** What train-tokenizer does with the same frames, it does too. */
  @Test
  void itsStepIsThatOfATokenizerAloneOnTheSameFrames() {
    SmallWorldTraining along = joint("along");
    along.ranks = 1;
    along.joint = Optional.of(joint(Stages.STAGE1, 10 * ALL_FRAMES));
    along.toTheEnd();

    Path alone = folder.resolve("alone");
    Collective collective = InProcessCollectives.create(1, Duration.ofSeconds(60)).get(0);
    TokenizerTrainer.run(
        ToyTraining.context(collective, along.trainSettings(), alone),
        tokenizer(ALL_FRAMES, CodeSettings.STANDARD),
        new FramesOfSequences(new MadeUpSequences(BATCH, CODES, 0, 1, 0).ofFrames()),
        Optional.empty(),
        Map.of());

    assertThat(along.checkpoint(2).resolve("tokenizer.safetensors"))
        .hasSameBinaryContentAs(
            alone.resolve("tokenizer/checkpoints/step-00000002/model.safetensors"));
  }

  /** All frames of sequences, padding among them. */
  private record FramesOfSequences(SequenceSource source) implements FrameSource {
    @Override
    public FrameBatch batch(long step) {
      SequenceBatch read = source.batch(step);
      FrameBatch batch = new FrameBatch(read.size * read.steps);
      batch.frames.put(0, read.frames, 0, batch.frames.capacity());
      for (int i = 0; i < batch.size; i++) {
        batch.games[i] = read.games[i / read.steps];
        batch.sampleIndex[i] = step * batch.size + i;
      }
      return batch;
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

  @Test
  void oneRankAndTwoDoTheSame() throws IOException {
    for (int frames : new int[] {12, ALL_FRAMES}) {
      List<List<JsonNode>> metrics = new ArrayList<>();
      for (int ranks = 1; ranks <= 2; ranks++) {
        SmallWorldTraining attempt = joint("ranks-" + ranks + "-" + frames);
        attempt.ranks = ranks;
        attempt.joint = Optional.of(joint(Stages.ALL, frames));
        attempt.toTheEnd();
        metrics.add(attempt.metrics());
      }
      for (int line = 0; line < metrics.get(0).size(); line++) {
        for (String name :
            List.of("/tokenizerReconstruction", "/tokenizerCommitment", "/observation", "/td")) {
          double one = metrics.get(0).get(line).at(name).asDouble();
          double two = metrics.get(1).get(line).at(name).asDouble();
          assertThat(two).as("%s in line %d", name, line).isCloseTo(one, within(1e-4 * one + 1e-9));
        }
      }
    }
  }

  @Test
  void aRunIsNotGoneOnWithInTheOtherWay() {
    SmallWorldTraining attempt = joint("run");
    attempt.ranks = 1;
    attempt.deaths.put(0, 4L);
    attempt.outcomes();
    attempt.deaths.clear();
    attempt.joint = Optional.of(joint(Stages.ALL, 12));
    assertThat(attempt.outcomes().get(0).error())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tokenizer.joint stage1, but this run has all");
  }

  @Test
  void whatItCanNotLearnBesideIsRefused() {
    assertThatThrownBy(
            () ->
                new JointTokenizer(
                    tokenizer(
                        4,
                        new CodeSettings(
                            CodeSettings.Update.EMA, 0.99, CodeSettings.Start.RANDOM, 0)),
                    Stages.ALL,
                    Optional.empty()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("tokenizer.code-update");
    JointTokenizer joint = joint(Stages.STAGE1, 4);
    SmallWorldTraining training = joint("run");
    training.stage1 = 0;
    assertThatThrownBy(() -> joint.requireFit(training.settings()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.stage1.steps is 0");
    training.stage1 = 3;
    training.imagination =
        new ImaginationSettings(4, 0, 1, 1, 8, 2, 2, ImaginationSettings.Mode.REPAIRED);
    assertThatThrownBy(() -> joint.requireFit(training.settings()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.imagination.batch-size is 4");
    training.imagination = ImaginationSettings.NONE;
    training.behaviour = 2;
    assertThatThrownBy(() -> joint.requireFit(training.settings()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.behaviour.steps is 2");
  }
}
