package org.jowa.model.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.jowa.env.game.Game;
import org.jowa.env.game.Games;
import org.jowa.model.diagnosis.ModelDiagnosis.Use;
import org.jowa.model.plan.WorldDecoder;
import org.jowa.model.settings.Dropouts;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.jowa.model.world.TestModels;
import org.jowa.model.world.WorldActionModel;
import org.jowa.model.world.WorldBatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a pass over windows counts, computed once more with the model's training pass. */
class ModelDiagnosisTest {
  private static final Game GAME = Games.byName("Pong");
  private static final int FRAME = WorldConfig.FRAME_TOKENS;
  private static final int BLOCK = WorldConfig.BLOCK_TOKENS;

  private WorldActionModel model;
  private WorldDecoder decoder;

  @BeforeEach
  void open() {
    TorchRuntime.init();
    TorchRuntime.setThreads(1);
    model = WorldActionModel.create(TestModels.small(1).withDropouts(Dropouts.NONE), 5);
    try (StepScope scope = StepScope.inference()) {
      // First weights are so small that all predictions are nearly the same.
      model.parameters().weights().mul_(new org.bytedeco.pytorch.Scalar(4.0));
    }
    decoder = WorldDecoder.of(model.config(), model.parameters()::get);
  }

  @AfterEach
  void close() {
    decoder.close();
    model.close();
  }

  @Test
  void teacherForcingIsTheTrainingPass() {
    List<Window> windows = windows(3, 8);
    ModelDiagnosis diagnosis = new ModelDiagnosis(decoder, GAME);
    diagnosis.read(windows, allFor(Use.DRAWN, 3));

    long changed = 0;
    long right = 0;
    for (Window window : windows) {
      int[] predicted = predictedTokens(window);
      for (int step = 1; step < 8; step++) {
        for (int i = 0; i < FRAME; i++) {
          if (window.token(step, i) != window.token(step - 1, i)) {
            changed++;
            right += predicted[step * FRAME + i] == window.token(step, i) ? 1 : 0;
          }
        }
      }
    }
    assertThat(changed).isGreaterThan(100);
    assertThat(right).isPositive();
    assertThat(value(diagnosis, Stage.WORLD, "changed tokens right, teacher forced"))
        .isCloseTo((double) right / changed, within(1e-9));
  }

  @Test
  void shortWindowsCountTheirOwnStepsOnly() {
    List<Window> windows = windows(2, 8);
    Window cut = part(windows.get(1), 3);
    ModelDiagnosis diagnosis = new ModelDiagnosis(decoder, GAME);
    diagnosis.read(List.of(windows.get(0), cut), allFor(Use.EVENT, 2));
    int rewards = 0;
    for (Window window : List.of(windows.get(0), cut)) {
      for (float reward : window.rewards()) {
        rewards += reward != 0 ? 1 : 0;
      }
    }
    assertThat(value(diagnosis, Stage.REWARDS, "steps with a reward")).isEqualTo(rewards);
    assertThat(figure(diagnosis, Stage.REWARDS, "reward recall").baseline())
        .isCloseTo(rewards / 11.0, within(1e-12));
    // Chosen for their events, they say nothing about the rest.
    assertThat(figure(diagnosis, Stage.Q, QAgainstReturn.CORRELATION).value()).isNull();
    assertThat(figure(diagnosis, Stage.POLICY, PolicyAgreement.DECISIVE).value()).isNull();
  }

  @Test
  void qIsTheExpectedValueOfTheActionTaken() {
    List<Window> windows = windows(4, 8);
    QAgainstReturn expected = new QAgainstReturn(8);
    for (Window window : windows) {
      try (StepScope scope = StepScope.inference()) {
        float[] critic = decoder.unrestrictedCritic(features(window, WorldConfig.Q_OFFSET));
        for (int step = 0; step < 8; step++) {
          int at = step * WorldConfig.ACTIONS;
          expected.add(
              step,
              critic[at + window.actions()[step]],
              window.returns()[step],
              0,
              0,
              window.actions()[step]);
        }
      }
    }
    ModelDiagnosis diagnosis = new ModelDiagnosis(decoder, GAME);
    diagnosis.read(windows, allFor(Use.DRAWN, 4));
    assertThat(value(diagnosis, Stage.Q, QAgainstReturn.CORRELATION))
        .isCloseTo(expected.rankCorrelation(), within(1e-6));
    assertThat(value(diagnosis, Stage.Q, "mean Q less the return"))
        .isCloseTo(expected.bias(), within(1e-4));
    assertThat(value(diagnosis, Stage.Q, QAgainstReturn.MOST_FREQUENT)).isBetween(1.0 / 6, 1.0);
  }

  @Test
  void aFreeRunIsTokenByTokenGreedyDecoding() {
    List<Window> windows = windows(2, 12);
    ModelDiagnosis diagnosis = new ModelDiagnosis(decoder, GAME);
    diagnosis.imagine(windows, 4);

    ChangedTokens expected = new ChangedTokens();
    for (Window window : windows) {
      int[] tokens = window.tokens().clone();
      for (int horizon = 1; horizon <= 8; horizon++) {
        int next = 3 + horizon;
        int first = next - Math.min(7, next);
        for (int i = 0; i < FRAME; i++) {
          Window soFar = part(with(window, tokens), first, next + 1);
          tokens[next * FRAME + i] = predictedTokens(soFar)[(next - first) * FRAME + i];
        }
        if (ChangedTokens.HORIZONS.contains(horizon)) {
          expected.imagined(
              horizon,
              window.frame(next),
              window.frame(next - 1),
              with(window, tokens).frame(next),
              window.frame(3));
        }
      }
    }
    List<Figure> free = diagnosis.figures().get(0).figures();
    List<Figure> byHand = expected.figures();
    assertThat(free).isEqualTo(byHand);
  }

  /** The likeliest token at every place of every frame after the first. */
  private int[] predictedTokens(Window window) {
    int steps = window.length();
    int[] predicted = new int[steps * FRAME];
    try (StepScope scope = StepScope.inference()) {
      Tensor logits = model.heads().observations(forward(window));
      long[] best = Tensors.longs(logits.argmax(new LongOptional(1), false));
      for (int step = 0; step < steps; step++) {
        for (int i = step == 0 ? 1 : 0; i < FRAME; i++) {
          predicted[step * FRAME + i] = (int) best[step * BLOCK + i - 1];
        }
      }
    }
    return predicted;
  }

  private Tensor features(Window window, int offset) {
    int[] rows = new int[window.length()];
    for (int step = 0; step < rows.length; step++) {
      rows[step] = step * BLOCK + offset;
    }
    return forward(window).index_select(0, Tensors.indices(rows, rows.length));
  }

  private Tensor forward(Window window) {
    byte[] mask = new byte[window.length()];
    Arrays.fill(mask, (byte) 1);
    WorldBatch batch =
        new WorldBatch(
            1,
            window.length(),
            1,
            new long[1],
            new int[] {window.game()},
            window.tokens(),
            window.actions(),
            window.rewards(),
            window.ends(),
            mask);
    return model.forward(batch, Optional.empty());
  }

  private static List<Window> windows(int n, int length) {
    List<Window> windows = new ArrayList<>();
    Random random = new Random(7);
    for (int i = 0; i < n; i++) {
      int[] tokens = random.ints((long) length * FRAME, 0, 32).toArray();
      for (int step = 1; step < length; step++) {
        // Half of the frame stands still.
        System.arraycopy(tokens, 0, tokens, step * FRAME, FRAME / 2);
      }
      float[] rewards = new float[length];
      for (int step = 0; step < length; step++) {
        rewards[step] = random.nextInt(3) - 1;
      }
      int[] actions = random.ints(length, 0, 2).toArray();
      windows.add(
          new Window(
              GAME.id(),
              length,
              tokens,
              actions,
              rewards,
              new byte[length],
              Window.returns(rewards, 0.9)));
    }
    return windows;
  }

  private static Window with(Window window, int[] tokens) {
    return new Window(
        window.game(),
        window.length(),
        tokens,
        window.actions(),
        window.rewards(),
        window.ends(),
        window.returns());
  }

  private static Window part(Window window, int to) {
    return part(window, 0, to);
  }

  private static Window part(Window window, int from, int to) {
    return new Window(
        window.game(),
        to - from,
        Arrays.copyOfRange(window.tokens(), from * FRAME, to * FRAME),
        Arrays.copyOfRange(window.actions(), from, to),
        Arrays.copyOfRange(window.rewards(), from, to),
        Arrays.copyOfRange(window.ends(), from, to),
        Arrays.copyOfRange(window.returns(), from, to));
  }

  private static List<Set<Use>> allFor(Use use, int n) {
    List<Set<Use>> uses = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      uses.add(EnumSet.of(use));
    }
    return uses;
  }

  private static Figure figure(ModelDiagnosis diagnosis, Stage stage, String name) {
    return diagnosis.figures().stream()
        .filter(figures -> figures.stage() == stage)
        .flatMap(figures -> figures.figures().stream())
        .filter(figure -> figure.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static double value(ModelDiagnosis diagnosis, Stage stage, String name) {
    return figure(diagnosis, stage, name).value();
  }
}
