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
import org.jowa.data.batch.SequenceBatch;
import org.jowa.data.batch.SequenceSource;
import org.jowa.error.UsageException;
import org.jowa.model.collective.Collective;
import org.jowa.model.collective.InProcessCollectives;
import org.jowa.model.collective.Ranks;
import org.jowa.model.collective.Ranks.Outcome;
import org.jowa.model.settings.CodeSettings;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.ImaginationSettings;
import org.jowa.model.settings.JointTokenizer;
import org.jowa.model.settings.LossSettings;
import org.jowa.model.settings.Penalty;
import org.jowa.model.settings.TdLoss;
import org.jowa.model.settings.TokenizerConfig;
import org.jowa.model.settings.TokenizerSettings;
import org.jowa.model.settings.TokenizerSettings.Stages;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.settings.WorldSettings;
import org.jowa.model.settings.WorldSettings.Behaviour;
import org.jowa.model.settings.WorldSettings.Stage1;
import org.jowa.model.settings.WorldSettings.Stage2;
import org.jowa.model.torch.Precision;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(180)
class JointTrainingTest {
  private static final int BATCH = 4;
  private static final int STEPS = 8;
  private static final int ALL_FRAMES = BATCH * STEPS;
  private static final int CODES = 16;
  private static final long SEED = 7;

  @TempDir Path folder;

  @BeforeAll
  static void startTorch() {
    TorchRuntime.init();
  }

  private final class Attempt {
    private final Path run;
    private int ranks = 2;
    private Optional<JointTokenizer> joint = Optional.of(joint(Stages.STAGE1, 12));
    private long death = -1;

    Attempt(String name) {
      run = folder.resolve(name);
    }

    List<Outcome<TrainResult>> outcomes() {
      return Ranks.run(InProcessCollectives.create(ranks, Duration.ofSeconds(60)), this::train);
    }

    void toTheEnd() {
      for (Outcome<TrainResult> outcome : outcomes()) {
        if (outcome.error() != null) {
          throw new AssertionError(outcome.error());
        }
      }
    }

    private TrainResult train(Collective collective) {
      int rank = collective.rank();
      SequenceSource training = sequences(rank, ranks, 0);
      SequenceSource heldOut = sequences(rank, ranks, 1_000_000);
      return WorldTrainer.run(
          context(collective, run),
          settings(3, 3),
          WorldData.of(rank == 0 ? dying(training, death) : training, Optional.of(heldOut)),
          joint);
    }

    Path checkpoint(long step) {
      return run.resolve(String.format(Locale.ROOT, "model/checkpoints/step-%08d", step));
    }

    List<JsonNode> metrics() throws IOException {
      List<JsonNode> lines = new ArrayList<>();
      for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
        lines.add(new ObjectMapper().readTree(line));
      }
      return lines;
    }
  }

  private static TrainContext context(Collective collective, Path run) {
    return new TrainContext(
        collective,
        ToyTraining.settings((int) SEED, 1, collective.worldSize(), 1, true, 2, 20, 1, 3, 2),
        new RunLayout(run.toString()),
        new Configuration(false),
        Map.of("dataset", "made up"),
        Optional.empty(),
        new StopSignal(),
        TrainListener.NONE);
  }

  private static MadeUpSequences sequences(int rank, int ranks, long first) {
    return new MadeUpSequences(BATCH, CODES, rank, ranks, first).ofFrames();
  }

  private static WorldSettings settings(long stage1, long stage2) {
    return settings(stage1, stage2, Behaviour.NONE, ImaginationSettings.NONE);
  }

  private static WorldSettings settings(
      long stage1, long stage2, Behaviour behaviour, ImaginationSettings imagination) {
    WorldConfig model =
        new WorldConfig(
            1, 2, 16, 16, 2, CODES, STEPS, Dropouts.REFERENCE, true, true, TdLoss.C51, 11, -10, 30);
    return new WorldSettings(
            model,
            BATCH,
            0,
            0.01,
            1,
            4,
            LossSettings.withQ(0.1, 0.99, Penalty.CQL, 0.1, false),
            new Stage1(stage1, 1e-3),
            new Stage2(stage2, 5e-4, 5e-4))
        .with(with -> with.behaviour(behaviour).imagination(imagination));
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

  private static SequenceSource dying(SequenceSource source, long death) {
    return new SequenceSource() {
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
    };
  }

  @Test
  void killedAndResumedEndsInTheSameBits() {
    for (Stages stages : List.of(Stages.STAGE1, Stages.ALL)) {
      Attempt whole = new Attempt("whole-" + stages);
      whole.joint = Optional.of(joint(stages, 12));
      whole.toTheEnd();

      Attempt killed = new Attempt("killed-" + stages);
      killed.joint = whole.joint;
      for (long death : new long[] {3, 5}) {
        killed.death = death;
        assertThat(killed.outcomes()).anyMatch(outcome -> outcome.error() != null);
      }
      killed.death = -1;
      killed.toTheEnd();

      for (String file :
          List.of(
              "model.safetensors",
              "optimizer.safetensors",
              "tokenizer.safetensors",
              "state.json")) {
        assertThat(killed.checkpoint(6).resolve(file))
            .hasSameBinaryContentAs(whole.checkpoint(6).resolve(file));
      }
    }
  }

  @Test
  void theTokenizerLearnsInTheStagesThatAreAskedFor() throws IOException {
    Attempt stage1 = new Attempt("stage1");
    stage1.toTheEnd();
    Attempt all = new Attempt("all");
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
    Attempt along = new Attempt("along");
    along.ranks = 1;
    along.joint = Optional.of(joint(Stages.STAGE1, 10 * ALL_FRAMES));
    along.toTheEnd();

    Path alone = folder.resolve("alone");
    Collective collective = InProcessCollectives.create(1, Duration.ofSeconds(60)).get(0);
    TokenizerTrainer.run(
        context(collective, alone),
        tokenizer(ALL_FRAMES, CodeSettings.STANDARD),
        new FramesOfSequences(sequences(0, 1, 0)),
        Optional.empty());

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
    public long frames() {
      return ALL_FRAMES * source.batches();
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
        Attempt attempt = new Attempt("ranks-" + ranks + "-" + frames);
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
    Attempt attempt = new Attempt("run");
    attempt.ranks = 1;
    attempt.death = 4;
    attempt.outcomes();
    attempt.death = -1;
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
    assertThatThrownBy(() -> joint.requireFit(settings(0, 3)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.stage1.steps is 0");
    assertThatThrownBy(
            () ->
                joint.requireFit(
                    settings(3, 3, new Behaviour(2, 4, 1e-2, 8), ImaginationSettings.NONE)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.behaviour.steps is 2");
    ImaginationSettings imagination =
        new ImaginationSettings(4, 0, 1, 1, 8, 2, 2, ImaginationSettings.Mode.REPAIRED);
    assertThatThrownBy(() -> joint.requireFit(settings(3, 3, Behaviour.NONE, imagination)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("world.imagination.batch-size is 4");
  }
}
