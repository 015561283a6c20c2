package org.jowa.model.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.Scalar;
import org.jowa.model.settings.WorldConfig;
import org.jowa.model.torch.StepScope;
import org.jowa.model.torch.Tensors;
import org.jowa.model.torch.TorchRuntime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BehaviourNetworkTest {
  private static final int GAME = 2;
  private static final int CODES = TestModels.small(1).codebookSize();

  private WorldActionModel model;

  @BeforeEach
  void open() {
    TorchRuntime.setThreads(1);
    model =
        WorldActionModel.create(
            TestModels.small(1).with(sizes -> sizes.behaviourWidth(8).support(0.5)), 1);
    int[] background = CodeFacts.noBackground();
    int[] ofGame = new int[WorldConfig.FRAME_TOKENS];
    for (int place = 0; place < ofGame.length; place++) {
      ofGame[place] = place % CODES;
    }
    CodeFacts.put(background, GAME, ofGame);
    float[] features = new float[CODES * 5];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) Math.sin(i);
    }
    model.startFromCodes(new CodeFacts(CODES, features, background), 1);
  }

  @AfterEach
  void close() {
    model.close();
  }

  @Test
  void backgroundSaysNothingAndAnythingElseDoesWhereItStands() {
    int[] frame = new int[WorldConfig.FRAME_TOKENS];
    for (int place = 0; place < frame.length; place++) {
      frame[place] = place % CODES;
    }
    float[] ofBackground = logits(frame, GAME);
    move("behaviour.tokens.weight");
    assertThat(logits(frame, GAME)).isEqualTo(ofBackground);

    frame[7] = (frame[7] + 1) % CODES;
    float[] shown = logits(frame, GAME);
    assertThat(shown).isNotEqualTo(ofBackground);
    int[] elsewhere = new int[WorldConfig.FRAME_TOKENS];
    for (int place = 0; place < elsewhere.length; place++) {
      elsewhere[place] = place % CODES;
    }
    elsewhere[20] = (elsewhere[20] + 1) % CODES;
    assertThat(logits(elsewhere, GAME)).isNotEqualTo(shown).isNotEqualTo(ofBackground);
    // Of another game nothing is known, so all of its tokens count.
    float[] other = logits(frame, GAME + 1);
    move("behaviour.tokens.weight");
    assertThat(logits(frame, GAME + 1)).isNotEqualTo(other);
  }

  @Test
  void whatAPlaceShowedBeforeSaysSomethingUnlessItIsAbsent() {
    int[] both = new int[2 * WorldConfig.FRAME_TOKENS];
    for (int i = 0; i < both.length; i++) {
      both[i] = i % WorldConfig.FRAME_TOKENS % CODES;
    }
    both[WorldConfig.FRAME_TOKENS + 7] = (both[7] + 1) % CODES;
    float[] stood = logits(both, WorldConfig.FRAME_TOKENS, 0);
    float[] first = logits(both, WorldConfig.FRAME_TOKENS, Transitions.ABSENT);
    both[3] = (both[3] + 1) % CODES;
    float[] moved = logits(both, WorldConfig.FRAME_TOKENS, 0);
    assertThat(moved).isNotEqualTo(stood).isNotEqualTo(first);
    assertThat(logits(both, WorldConfig.FRAME_TOKENS, Transitions.ABSENT)).isEqualTo(first);
  }

  @Test
  void framesOfABatchAreReadAsEachAlone() {
    int[] tokens = new int[3 * WorldConfig.FRAME_TOKENS];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = i < WorldConfig.FRAME_TOKENS ? i % CODES : (i * 7 + i / 5) % CODES;
    }
    int[] games = {GAME, GAME, 5};
    Transitions states = Transitions.of(games.length);
    for (int i = 0; i < games.length; i++) {
      states.put(
          i, games[i], tokens, i * WorldConfig.FRAME_TOKENS, (i - 1) * WorldConfig.FRAME_TOKENS);
    }
    try (StepScope scope = StepScope.inference()) {
      float[] together = Tensors.floats(model.behaviour().logits(states, model.device()));
      for (int i = 0; i < games.length; i++) {
        float[] alone =
            logits(
                tokens, games[i], i * WorldConfig.FRAME_TOKENS, (i - 1) * WorldConfig.FRAME_TOKENS);
        for (int action = 0; action < WorldConfig.ACTIONS; action++) {
          assertThat(together[i * WorldConfig.ACTIONS + action])
              .isCloseTo(alone[action], within(1e-5f));
        }
      }
    }
  }

  @Test
  void backgroundsOfOtherGamesStayWhenSomeAreAdded() {
    int[] added = CodeFacts.noBackground();
    int[] ofGame = new int[WorldConfig.FRAME_TOKENS];
    CodeFacts.put(added, 5, ofGame);
    model.addBackground(new CodeFacts(CODES, new float[CODES], added));
    float[] background = Tensors.floats(model.parameters().get("behaviour.background").detach());
    for (int place = 0; place < WorldConfig.FRAME_TOKENS; place++) {
      assertThat(background[GAME * WorldConfig.FRAME_TOKENS + place]).isEqualTo(place % CODES);
      assertThat(background[5 * WorldConfig.FRAME_TOKENS + place]).isZero();
      assertThat(background[6 * WorldConfig.FRAME_TOKENS + place]).isEqualTo(CodeFacts.UNKNOWN);
    }
  }

  private float[] logits(int[] frame, int game) {
    return logits(frame, game, 0, Transitions.ABSENT);
  }

  private float[] logits(int[] tokens, int frame, int before) {
    return logits(tokens, GAME, frame, before);
  }

  private float[] logits(int[] tokens, int game, int frame, int before) {
    Transitions state = Transitions.of(1);
    state.put(0, game, tokens, frame, before);
    try (StepScope scope = StepScope.inference()) {
      return Tensors.floats(model.behaviour().logits(state, model.device()));
    }
  }

  private void move(String name) {
    try (StepScope scope = StepScope.inference()) {
      model.parameters().get(name).detach().add_(new Scalar(0.5));
    }
  }
}
